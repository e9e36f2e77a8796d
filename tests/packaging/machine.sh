#!/usr/bin/env bash
# Boots this machine's own files with a systemd of their own, runs a script in there as
# root, and powers it off. Nothing that it does is left: the files are those of this
# machine under a layer in memory, the network is a loopback interface alone.
#
#   unshare --mount --propagation private bash machine.sh FOLDER REPOSITORY BINARY
#
# FOLDER holds `script`, and is /srv/guide in there; REPOSITORY is /srv/repository, and
# BINARY /srv/claviger, both read only.
set -euo pipefail
folder=$1 repository=$2 binary=$3

layer=$folder/layer
mkdir "$layer"
mount -t tmpfs tmpfs "$layer"
mkdir "$layer"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$layer/upper,workdir=$layer/work" "$layer/root"
root=$layer/root

# What the machine does by itself is not wanted, nor what an earlier run may have left.
rm -rf "$root"/etc/systemd/system/* "$root"/etc/claviger "$root"/var/{lib,log,cache}/claviger "$root"/usr/bin/claviger
mkdir -p "$root"/srv/{guide,repository} "$root"/etc/systemd/system
touch "$root/srv/claviger"
for unit in nftables systemd-firstboot systemd-timesyncd systemd-sysctl systemd-networkd systemd-resolved; do
    ln -s /dev/null "$root/etc/systemd/system/$unit.service"
done
cat > "$root/etc/systemd/system/guide.service" <<'END'
[Unit]
After=basic.target
Wants=basic.target systemd-journald.service dbus.socket
[Service]
Type=oneshot
WorkingDirectory=/srv/repository
Environment=HOME=/root
ExecStart=/bin/bash /srv/guide/script
ExecStopPost=/bin/systemctl poweroff --force --force
TimeoutStartSec=120
END

exec systemd-nspawn --quiet --register=no --keep-unit --private-network --directory="$root" \
    --bind="$folder/shared:/srv/guide" --bind-ro="$repository:/srv/repository" \
    --bind-ro="$binary:/srv/claviger" --console=pipe --boot \
    systemd.unit=guide.service systemd.show_status=no systemd.log_level=warning
