#!/usr/bin/env bash
# What the unit's directives do to the service, in the machine, at the end of the guides.
# Prints what is not so, and a last line when it was all looked at.
set -uo pipefail
not_so() { echo "not so: $*"; }
pid() { systemctl show --property=MainPID --value claviger.service; }
# until WHAT COMMAND...: within twenty seconds.
until_() {
    local what=$1 end=$((SECONDS + 20))
    shift
    until "$@"; do
        ((SECONDS < end)) || { not_so "$what"; return; }
        sleep 0.05
    done
}
ready() { curl --silent --fail http://127.0.0.1:8080/readyz; }

# Of the process: no new rights, a filter of system calls, one capability, no core.
of_process() { awk -v name="$1:" '$1 == name { print $2 }' "/proc/$(pid)/status"; }
[ "$(of_process NoNewPrivs)" = 1 ] || not_so "it cannot gain rights"
[ "$(of_process Seccomp)" = 2 ] || not_so "system calls are filtered"
[ "$(of_process CapBnd)" = 0000000000000400 ] || not_so "it may have no capability but that for port 443: $(of_process CapBnd)"
[ "$(of_process Uid)" = "$(id -u claviger)" ] || not_so "it runs as claviger"
# Where the machine itself may have as many.
of_limits() { awk '/^Max open files/ { print $5 }' "/proc/$1/limits"; }
most=$(of_limits 1)
[ "$(of_limits "$(pid)")" = $((most < 65536 ? most : 65536)) ] || not_so "it may have 65536 files"

# Of its files, seen from inside: even its user cannot write but where it has to.
inside() { nsenter --target "$(pid)" --mount -- setpriv --reuid=claviger --regid=claviger --clear-groups --bounding-set=-all "$@" 2>/dev/null; }
for folder in /etc/claviger /usr/bin /srv/guide /root; do
    ! inside /usr/bin/touch "$folder/written" || not_so "nobody writes into $folder"
done
for folder in state:/var/lib/claviger cache:/var/cache/claviger logs:/var/log/claviger run:/run/claviger; do
    inside /usr/bin/touch "${folder#*:}/written" || not_so "the service writes into ${folder#*:}"
    inside /usr/bin/rm -f "${folder#*:}/written"
done
! inside /usr/bin/ls /root || not_so "it does not see /root"
[ -z "$(inside /usr/bin/find /dev -type b)" ] || not_so "it sees no disks"
[ "$(inside /usr/bin/find /proc -maxdepth 1 -name '[0-9]*' -printf '%f\n' | wc -l)" -le 2 ] || not_so "it sees no processes of others"

# A process that is killed is started again. The length of its lame duck is read then.
sed -i 's/^lame_duck_seconds = .*/lame_duck_seconds = 2/' /etc/claviger/claviger.toml
before=$(pid)
kill -KILL "$before"
until_ "it is started again" eval '[ "$(pid)" != "$before" ] && [ "$(pid)" != 0 ]'
until_ "it is ready again" ready

# The end in order: a lame duck, and within TimeoutStopSec.
began=$SECONDS
systemctl stop claviger.service
((SECONDS - began >= 2)) || not_so "it serves on for its lame duck"
[ "$(systemctl show --property=Result --value claviger.service)" = success ] || not_so "it ends in order"
[ "$(systemctl show --property=ExecMainStatus --value claviger.service)" = 0 ] || not_so "it ends with 0"

# What README.md says of MemoryDenyWriteExecute is so.
printf '[Service]\nMemoryDenyWriteExecute=yes\nRestart=no\n' >/etc/systemd/system/claviger.service.d/mdwe.conf
systemctl daemon-reload
rm -rf /var/cache/claviger/*
systemctl start claviger.service
until_ "it does not start when memory cannot be made executable" systemctl is-failed --quiet claviger.service
journalctl --quiet --unit claviger.service --output cat | grep -q 'MemoryDenyWriteExecute=no' || not_so "the host names the directive"
echo looked
