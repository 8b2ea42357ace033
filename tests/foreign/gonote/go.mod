module quorate.test/gonote

go 1.18

require golang.org/x/mod v0.22.0
