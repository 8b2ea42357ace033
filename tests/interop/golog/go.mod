module quorate.example/tests/interop/golog

go 1.24.0

require golang.org/x/mod v0.33.0
