#!/bin/sh
# Tries the Debian package in a bare Debian: trial.sh urna_0.1.0_amd64.deb [FOLDER OF THE CHROOT]
#
# It needs root and mmdebstrap, and on the network a mirror of Debian. In the chroot it installs the package, has systemd
# verify the unit and judge its hardening, starts the server through a socket of systemd-socket-activate under an account
# without rights, waits until it tells a notify socket that it is ready, makes the first administrator's link as root and opens
# it, upgrades the package, and removes it with "purge", which must keep the data folder.
set -eu

package=$(realpath "$1")
root=${2:-$(mktemp -d)}
say() { echo "--- $*"; }
clean="/usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive"
inside() { chroot "$root" $clean "$@"; }

server=
notified=
finish() {
    code=$?
    for started in $server $notified; do kill "$started" 2>/dev/null || true; done
    umount "$root/srv/state" 2>/dev/null || true
    umount "$root/proc" 2>/dev/null || true
    [ $code = 0 ] || echo "FAILED; the chroot is $root" >&2
    [ $code != 0 ] || [ -n "${KEEP:-}" ] || rm -rf "$root"
    exit $code
}
trap finish EXIT

if [ ! -x "$root/usr/bin/socat" ]; then
    say "a bare Debian with systemd, and curl and socat to look from outside"
    mmdebstrap --quiet --variant=minbase --include=systemd,curl,socat bookworm "$root"
fi
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"

say "install"
cp "$package" "$root/tmp/urna.deb"
inside dpkg --install /tmp/urna.deb
inside urna version
test "$(inside systemctl is-enabled urna.service)" = enabled
test "$(inside systemctl is-enabled urna.socket)" = enabled

say "systemd-analyze verify"
inside systemd-analyze verify --man=no /usr/lib/systemd/system/urna.service /usr/lib/systemd/system/urna.socket

say "systemd-analyze security: an exposure of at most 2.0 of 10"
inside systemd-analyze security --offline=true --threshold=20 --no-pager /usr/lib/systemd/system/urna.service > "$root/tmp/security"
tail -1 "$root/tmp/security"

say "start through a socket, without rights, in a folder that only root can enter"
inside sh -c 'mkdir -p -m 0700 /var/lib/private && mkdir -p -m 0700 /var/lib/private/urna && chown 65534:65534 /var/lib/private/urna'
inside ln -sfn private/urna /var/lib/urna
rm -f "$root/run/notify" "$root/tmp/notified" "$root/tmp/log"
: > "$root/tmp/notified"
chroot "$root" $clean socat -u UNIX-RECVFROM:/run/notify,fork,mode=0666 OPEN:/tmp/notified,append &
notified=$!
port=$((20000 + $$ % 20000))
# The folder is passed by its mount, as the unit does it: the account may not enter /var/lib/private.
inside sh -c 'mkdir -p /srv/state && mount --bind /var/lib/private/urna /srv/state'
chroot "$root" $clean systemd-socket-activate --listen "127.0.0.1:$port" --setenv NOTIFY_SOCKET=/run/notify --setenv URNA_DATA=/srv/state \
    setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all /usr/bin/urna serve 2> "$root/tmp/log" &
server=$!
wait_for() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || { echo "waited for: $*" >&2; cat "$root/tmp/log" >&2; return 1; }
        sleep 0.1
    done
}
answers() { inside curl --silent --fail --max-time 30 --output /dev/null "http://127.0.0.1:$port/healthz"; }
ready() { grep -q READY=1 "$root/tmp/notified"; }
wait_for answers
wait_for ready
say "ready: $(cat "$root/tmp/notified")"

say "the first administrator's link, made by root while the server runs"
grep -q "urna setup-link" "$root/tmp/log"
! grep -q /setup/ "$root/tmp/log"
link=$(inside urna setup-link --data /srv/state)
inside curl --silent --fail --output /dev/null "$link"
test -z "$(find "$root/var/lib/private/urna" ! -uid 65534)"

say "stop"
kill "$server"
wait "$server" || true
server=
stopping() { grep -q STOPPING=1 "$root/tmp/notified"; }
wait_for stopping
kill "$notified"
notified=
inside umount /srv/state
inside urna verify --data /var/lib/urna

say "upgrade to the same package: the settings of the machine stay"
inside urna config check /etc/urna/urna.toml
echo "require-second-factor = true" >> "$root/etc/urna/urna.toml"
inside urna config check /etc/urna/urna.toml
inside dpkg --install /tmp/urna.deb
grep -q '^require-second-factor' "$root/etc/urna/urna.toml"

say "remove and purge: the data folder stays"
inside dpkg --purge urna
test ! -e "$root/usr/bin/urna"
test -s "$root/var/lib/private/urna/urna.db"
say "the package holds"
