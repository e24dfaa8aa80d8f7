# What ./shaper and ./test need of the machine. Sourced, not run; expects $root.

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 MSBUILDDISABLENODEREUSE=1
[ -n "${HOME:-}" ] || export HOME=/root

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# Puts the .NET 10 SDK on the PATH; sudo's own PATH often hides the one in the caller's home.
find_dotnet() {
    local home dir
    home=$(getent passwd "${SUDO_USER:-$(id -un)}" 2>/dev/null | cut -d: -f6) || home=$HOME
    for dir in "${DOTNET_ROOT:-}" "$(dirname "$(readlink -f "$(command -v dotnet || true)")" 2>/dev/null)" \
        /usr/share/dotnet /usr/lib/dotnet /usr/lib64/dotnet /opt/dotnet "$home/.dotnet" "$HOME/.dotnet"; do
        if [ -n "$dir" ] && [ -x "$dir/dotnet" ] && compgen -G "$dir/sdk/10.*" >/dev/null; then
            export DOTNET_ROOT=$dir PATH="$dir:$PATH"
            return
        fi
    done
    dir=
    command -v curl >/dev/null || dir="apt-get install -y curl ca-certificates && "
    die "the .NET 10 SDK is missing; get it with: ${dir}curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0"
}

has_libpcap() {
    compgen -G "/usr/lib/*/libpcap.so.*" >/dev/null || compgen -G "/lib/*/libpcap.so.*" >/dev/null ||
        compgen -G "/usr/lib*/libpcap.so.*" >/dev/null
}

has_certificates() {
    [ -s /etc/ssl/certs/ca-certificates.crt ] || [ -s /etc/pki/tls/certs/ca-bundle.crt ] || [ -s /etc/ssl/cert.pem ]
}

has_libssl() {
    compgen -G "/usr/lib*/libssl.so.[13]*" >/dev/null || compgen -G "/usr/lib/*/libssl.so.[13]*" >/dev/null ||
        compgen -G "/lib*/libssl.so.[13]*" >/dev/null
}

# What the SDK fetches packages with. It comes without both, and a minimal system has neither.
need_for_build() {
    need libssl ca-certificates
}

# need NAME...: installs what is missing of libpcap, ip, ethtool and the like through the system's package manager. Root only.
need() {
    local name missing=()
    for name in "$@"; do
        case $name in
            libpcap) has_libpcap || missing+=(libpcap) ;;
            libssl) has_libssl || missing+=(libssl) ;;
            ca-certificates) has_certificates || missing+=(ca-certificates) ;;
            *) PATH="$PATH:/usr/sbin:/sbin" command -v "$name" >/dev/null || missing+=("$name") ;;
        esac
    done
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] || die "missing on this machine: ${missing[*]}; run with sudo to have it installed"
    echo "installing what is missing: ${missing[*]}" >&2
    local log
    log=$(mktemp)
    if ! install_packages "${missing[@]}" >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        die "could not install: ${missing[*]}"
    fi
    rm -f "$log"
}

install_packages() {
    local name packages=()
    if command -v apt-get >/dev/null; then
        apt-get -qq update || true
        for name in "$@"; do
            case $name in
                libpcap) packages+=("$(first_of libpcap0.8t64 libpcap0.8)") ;;
                libssl) packages+=("$(first_of libssl3t64 libssl3 libssl1.1)") ;;
                *) packages+=("$(package_of "$name")") ;;
            esac
        done
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
        return
    fi
    for name in "$@"; do
        packages+=("$(package_of "$name")")
    done
    if command -v dnf >/dev/null; then
        packages=("${packages[@]/#iproute2/iproute}")
        dnf install -y -q "${packages[@]/#libssl/openssl-libs}"
    elif command -v apk >/dev/null; then
        apk add -q "${packages[@]/#libssl/libssl3}"
    else
        echo "no package manager that is known here (apt, dnf, apk)"
        return 1
    fi
}

package_of() {
    case $1 in
        ip | tc | bridge) echo iproute2 ;;
        nft) echo nftables ;;
        *) echo "$1" ;;
    esac
}

# The first of these packages that apt has. Debian 13 and Ubuntu 24.04 renamed libraries for 64-bit time.
first_of() {
    local name
    for name in "$@"; do
        if apt-cache policy "$name" 2>/dev/null | grep -q 'Candidate: [0-9]'; then
            echo "$name"
            return
        fi
    done
    echo "${!#}"
}

# What sudo built belongs to whoever owns the tree, or the next build without sudo fails.
give_back() {
    local owner
    owner=$(stat -c %u:%g "$root")
    if [ "$(id -u)" -eq 0 ] && [ "$owner" != 0:0 ] && [ -d "$root/.build" ]; then
        chown -R "$owner" "$root/.build"
    fi
}
