# The demo's target from its first step: PID 1 of namespaces of its own (user, mount, pid, network, uts, ipc, cgroup) builds
# a throw-away root, leaves the machine's root behind and stays as `init`. Nothing of the machine is in it but what is
# named here, and that is read-only.
#   $1  where to mount the new root      $2  the .NET runtime, when it does not lie below /usr
#   stdin: held open by the demo; its end is the end of everything here      fd 3: the demo's assembly
set -eu
unset MACHINE
root=$1
runtime=$2
# /proc is still the machine's, and says what the machine calls this process.
read -r outside _ < /proc/self/stat

# system FROM TO: a part of the machine, read-only, and whatever is mounted below it too.
system() {
  mkdir -p "$2"
  mount --rbind "$1" "$2"
  mounted=$(while read -r _ _ _ _ at _; do
    case $at in "$2" | "$2"/*) echo "$at" ;; esac
  done < /proc/self/mountinfo)
  printf '%s\n' "$mounted" | while IFS= read -r at; do
    mount -o remount,bind,ro,nosuid,nodev "$(printf %b "$at")"
  done
}

# One file system of a bounded size is the whole disk: filling it fills nothing else.
mount -t tmpfs -o mode=755,size=256m,nr_inodes=64k tmpfs "$root"
cd "$root"
for name in usr bin sbin lib lib32 lib64 libx32 nix gnu; do
  if [ -L "/$name" ]; then
    ln -s "$(readlink "/$name")" "$name"
  elif [ -d "/$name" ]; then
    system "/$name" "$root/$name"
  fi
done
mkdir -p dev/pts dev/shm etc home/app media mnt opt/sftp proc root run srv sys tmp var/backups var/cache var/lib var/log \
  var/spool var/tmp .old .local/bin .local/sbin
chmod 1777 tmp var/tmp dev/shm
chmod 700 root
[ ! -d usr/local ] || mount --bind .local usr/local
[ -z "$runtime" ] || system "$runtime" "$root/opt/dotnet"
cat <&3 > opt/sftp/bastion.dll
exec 3<&-
cat > opt/sftp/bastion.runtimeconfig.json <<'END'
{ "runtimeOptions": { "framework": { "name": "Microsoft.NETCore.App", "version": "10.0.0" },
  "configProperties": { "System.Globalization.Invariant": true, "System.GC.Concurrent": false } } }
END

for name in null zero full random urandom tty; do
  : > "dev/$name"
  mount --bind "/dev/$name" "dev/$name"
done
mount -t devpts -o newinstance,ptmxmode=666,mode=620,uid=0,gid=0 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for number in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${number%:*}" "dev/${number#*:}"; done
mount -t proc -o nosuid,nodev,noexec proc proc

# Of /etc what programs need and everybody may read, and accounts of its own.
for name in ld.so.cache ld.so.conf ld.so.conf.d alternatives bash.bashrc inputrc localtime login.defs magic nanorc \
  os-release protocols services shells terminfo vim; do
  [ ! -e "/etc/$name" ] || cp -RP "/etc/$name" etc/
done
echo orders-db > etc/hostname
echo '127.0.0.1 localhost orders-db' > etc/hosts
printf '%s\n' 'passwd: files' 'group: files' 'hosts: files' > etc/nsswitch.conf
printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'app:x:1000:1000:order system:/home/app:/bin/sh' \
  'nobody:x:65534:65534:the system:/nonexistent:/bin/false' > etc/passwd
printf '%s\n' 'root:x:0:' 'app:x:1000:' 'nogroup:x:65534:' > etc/group
printf '%s\n' 'root:*:20000:0:99999:7:::' 'app:*:20000:0:99999:7:::' > etc/shadow
chmod 600 etc/shadow

# What asks the init of a real machine asks this one.
for word in shutdown:USR2 poweroff:USR2 halt:USR2 reboot:TERM; do
  printf '#!/bin/sh\n[ "$(id -u)" = 0 ] || { echo "%s: must be root: log in as root@orders-db" >&2; exit 1; }\n' \
    "${word%:*}" > ".local/sbin/${word%:*}"
done
cat >> .local/sbin/shutdown <<'END'
for word; do case $word in -r | --reboot) exec kill -TERM 1 ;; -c | -k) exit 0 ;; esac; done
END
for word in shutdown:USR2 poweroff:USR2 halt:USR2 reboot:TERM; do
  echo "kill -${word#*:} 1" >> ".local/sbin/${word%:*}"
done
printf '#!/bin/sh\necho "sudo: app may not: log in as root@orders-db" >&2\nexit 1\n' > .local/bin/sudo
chmod 755 .local/sbin/* .local/bin/sudo

# Signalled: 10 asks for a restart, 11 for an end. `cat` ends with the demo, and is started again when it is killed;
# while waiting, the shell collects whoever was left to it.
cat > run/init <<'END'
exec 3<&0 </dev/null >/dev/null 2>&1
trap 'exit 10' TERM
trap 'exit 11' USR1 USR2 PWR
while :; do
  cat <&3 &
  wait $! && exit 0
done
END

pivot_root . .old
cd /
umount -l .old
rmdir .old

# Where the kernel lets nobody but its own root set these, they stay as they are.
hostname orders-db 2>/dev/null || :
ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || :
echo 65536 2>/dev/null > /proc/sys/kernel/shmall || :

# The account `app`: the same owner of files under another number and without any capability. The demo keeps this
# namespace open and puts app's sessions into it; then nobody makes further ones.
own=$(readlink /proc/self/ns/user)
unshare --user cat /dev/zero > /dev/null &
app=$!
while [ "$(readlink "/proc/$app/ns/user")" = "$own" ]; do :; done
echo '1000 0 1' > "/proc/$app/uid_map"
echo '1000 0 1' > "/proc/$app/gid_map"
echo 0 > /proc/sys/user/max_user_namespaces

echo "ready $outside $app"
read -r _
kill -9 "$app"
exec /bin/sh /run/init
