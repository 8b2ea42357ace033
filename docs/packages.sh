# SPDX-License-Identifier: Apache-2.0
# Sourced by docs/quickstart.sh and tests/run.sh: the Debian 12 packages that
# each of them needs, and one function that installs what is missing.

packages_build='build-essential cmake ninja-build pkg-config ca-certificates
	libsodium-dev libsecp256k1-dev libgit2-dev libsqlite3-dev
	libcurl4-openssl-dev libmicrohttpd-dev libgnutls28-dev libjansson-dev
	libseccomp-dev libssl-dev zlib1g-dev'
packages_play='opensbi openssl curl'
packages_test='nginx-light mount e2fsprogs check valgrind frama-c-base why3 z3 cvc4 clang libclang-rt-14-dev gcc-arm-none-eabi
	gcc-riscv64-unknown-elf qemu-system-arm qemu-system-misc libunicorn-dev git python3
	mandoc openssl curl opensbi xxd python3-kconfiglib python3-venv openssh-client systemd'

# packages_install HOW PACKAGE...: HOW is ask, yes or no. With ask and nobody
# at the terminal the answer is yes.
packages_install() {
	how=$1
	shift
	missing=
	for package in "$@"; do
		case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) in
		'install ok installed') ;;
		*) missing="$missing $package" ;;
		esac
	done
	[ -n "$missing" ] || return 0
	echo "These Debian packages are needed and will be installed:$missing"
	if [ "$how" = no ]; then
		echo "not installed, because of --no-install; building will probably fail" >&2
		return 0
	fi
	if [ "$how" = ask ] && [ -t 0 ]; then
		printf 'Install them now? [Y/n] '
		read -r answer || answer=
		case $answer in
		'' | y* | Y*) ;;
		*)
			echo "nothing was installed" >&2
			return 1
			;;
		esac
	fi
	root=
	[ "$(id -u)" = 0 ] || root=sudo
	# shellcheck disable=SC2086 # a list of names
	$root apt-get update -qq &&
		$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
			--no-install-recommends $missing >/dev/null || {
		echo "cannot install:$missing" >&2
		return 1
	}
}
