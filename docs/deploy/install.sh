#!/bin/sh
# Set up consulta on a machine with Debian, as root, in a checkout:   sh docs/deploy/install.sh
#
# It asks four questions, says each step, and ends with the link of the first administrator. Run it again in a newer
# checkout to upgrade: it asks nothing then, keeps settings and secrets, makes a backup first, and leaves the former
# program running if the database cannot be brought up to date.
#
# Without questions, from the environment: INSTALL_SITE, INSTALL_ADMIN, INSTALL_MAIL ("later", or a mail server; then
# INSTALL_MAIL_USER and INSTALL_MAIL_PASSWORD too) and INSTALL_BACKUPS ("here", or a folder).
#
# With two arguments it only installs the program from a checkout into a folder, as the image does:
#   sh docs/deploy/install.sh . /opt/consulta
# PYTHON names another Python than python3.
set -eu
root=${INSTALL_ROOT:-} # tests: everything is written below this folder

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
refuse() {
  printf 'Not installed: %s\n' "$*" >&2
  exit 1
}

# install_program CHECKOUT FOLDER: a virtual environment with what requirements.lock pins, and the program.
install_program() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  "${PYTHON:-python3}" -m venv "$2"
  pip="$2/bin/python -m pip --disable-pip-version-check --quiet --no-cache-dir"
  # What an installation needs, every file held to its digest; not what only tests and tools use.
  PYTHONPATH="$1" "$2/bin/python" -B -m consulta.platform.formats.lockfile \
    "$1/requirements.lock" "$1/pyproject.toml" ${EXTRAS:-} > "$work/requirements.txt"
  say "Fetching $(grep -c == "$work/requirements.txt") packages; this takes two to five minutes."
  $pip install --require-hashes --no-deps --requirement "$work/requirements.txt"
  # The package itself, built from a copy: the source stays as it is.
  mkdir "$work/source"
  for part in consulta templates translations hatch_build.py pyproject.toml README.md LICENSE; do
    cp -R "$1/$part" "$work/source/"
  done
  $pip install --no-deps --no-build-isolation "$work/source"
  "$2/bin/consulta" --version
  rm -rf "$work"
  trap - EXIT
}

if [ $# -eq 2 ]; then
  install_program "$1" "$2"
  exit
fi
[ $# -eq 0 ] || refuse "call it without arguments, or with a checkout and a folder."

source=$(cd "$(dirname "$0")/../.." && pwd)
etc=$root/etc/consulta
settings=$etc/consulta.env
program=$root/opt/consulta
units=$root/etc/systemd/system
caddyfile=$root/etc/caddy/Caddyfile
copies_here=/var/lib/consulta/backups

# -- May it run here?
[ "$(id -u)" = 0 ] || refuse "run it as root, for instance with: sudo sh $0"
debian=$(sed -n 's/^ID=//p' "$root/etc/os-release" 2> /dev/null || true)
release=$(sed -n 's/^VERSION_ID="\{0,1\}\([0-9]*\).*/\1/p' "$root/etc/os-release" 2> /dev/null || true)
[ "$debian" = debian ] && [ "${release:-0}" -ge 13 ] ||
  refuse "this machine does not run Debian 13 or newer. Use containers (docs/deploy/compose.yaml), or see 'Set up by hand' in docs/operate.md."
[ -d "$root/run/systemd/system" ] ||
  refuse "systemd does not run here, so nothing would start the site again. Use containers: docs/deploy/compose.yaml."
[ ! -e "$program" ] || [ -L "$program" ] || refuse "$program is in the way: move it elsewhere."
free=$(df -Pm "${root:-/}" | awk 'NR == 2 { print $4 }')
[ "$free" -ge 2000 ] || refuse "only $free MB are free on the disk: make room for 2000."

# -- The four questions
# ask VARIABLE QUESTION DEFAULT: leaves the answer in $answer; what the environment has is not asked for.
ask() {
  eval "answer=\${$1:-}"
  [ -z "$answer" ] || return 0
  printf '\n%s\n' "$2"
  [ -z "$3" ] || printf '[%s] ' "$3"
  read -r answer || refuse "nobody answers. Where nobody can be asked, set $1."
  answer=${answer:-$3}
}

fits() { printf '%s\n' "$1" | grep -Eq "$2"; }

# wrong VARIABLE MESSAGE: says what is wrong with an answer; one of the environment ends the program.
wrong() {
  eval "given=\${$1:-}"
  [ -z "$given" ] || refuse "$1 is '$given': $2"
  say "  $2"
}

NAME='^(localhost|([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})$'
ADDRESS='^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$'

questions() {
  while :; do
    ask INSTALL_SITE "1/4  Name of the site, such as consulta.example.org (localhost: for this machine only)" ""
    site=$(printf '%s' "$answer" | tr '[:upper:]' '[:lower:]' | sed 's,^https*://,,; s,/*$,,')
    ! fits "$site" "$NAME" || break
    wrong INSTALL_SITE "a name has only letters, digits, hyphens and points, such as consulta.example.org."
  done
  while :; do
    ask INSTALL_ADMIN "2/4  E-mail of the first person, who will administer the site" ""
    admin=$answer
    ! fits "$admin" "$ADDRESS" || break
    wrong INSTALL_ADMIN "an address has the form ana@example.org."
  done
  while :; do
    ask INSTALL_MAIL "3/4  Mail server, such as smtp.example.org, or later" later
    mail=$answer
    ! fits "$mail" '^[A-Za-z0-9.-]+$' || break
    wrong INSTALL_MAIL "a server has a name such as smtp.example.org; the word later leaves it for afterwards."
  done
  mail_user='' mail_password=''
  if [ "$mail" != later ]; then
    while :; do
      ask INSTALL_MAIL_USER "     Mailbox that sends, such as voto@example.org" ""
      mail_user=$answer
      ! fits "$mail_user" "$ADDRESS" || break
      wrong INSTALL_MAIL_USER "an address has the form voto@example.org."
    done
    [ ! -t 0 ] || stty -echo
    ask INSTALL_MAIL_PASSWORD "     Its password, not shown while you type (Enter: it needs none)" ""
    [ ! -t 0 ] || stty echo
    mail_password=$answer
  fi
  while :; do
    ask INSTALL_BACKUPS "4/4  Folder for backups, best on another disk, such as /mnt/copies; here: on this disk" here
    copies=$answer
    [ "$copies" != here ] || copies=$copies_here
    ! fits "$copies" '^/[A-Za-z0-9._/-]+$' || break
    wrong INSTALL_BACKUPS "a folder begins with / and has no spaces; the word here means this disk."
  done
}

# -- The steps
packages() {
  step "Packages of Debian: Python, Pango for PDF documents, Caddy for https"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  wanted="python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
  [ "$site" = localhost ] || wanted="$wanted caddy"
  # shellcheck disable=SC2086 # a list of words
  apt-get install -qq --yes --no-install-recommends $wanted > /dev/null
}

# A user for consulta alone: only so can backups be written into a folder outside the service's own.
account() {
  getent passwd consulta > /dev/null ||
    useradd --system --user-group --no-create-home --home-dir /var/lib/consulta --shell /usr/sbin/nologin consulta
}

write_settings() {
  step "Settings and secrets: $settings"
  install -d -m 0700 "$etc"
  if [ ! -s "$etc/secret" ]; then
    (umask 077 && head -c 48 /dev/urandom | base64 -w 0 > "$etc/secret")
  fi
  (
    umask 077
    [ -e "$etc/smtp" ] || printf '%s' "$mail_password" > "$etc/smtp"
    {
      say "# Settings of consulta; docs/operate.md explains each. After a change: systemctl restart consulta"
      if [ "$site" = localhost ]; then
        say "CONSULTA_BASE_URL=http://localhost:8000"
      else
        say "CONSULTA_BASE_URL=https://$site"
        say "CONSULTA_BEHIND_PROXY=yes"
      fi
      say "CONSULTA_BACKUP_FOLDER=$copies"
      if [ "$mail" != later ]; then
        say "CONSULTA_SMTP_HOST=$mail"
        [ -z "$mail_password" ] || say "CONSULTA_SMTP_USER=$mail_user"
        say "CONSULTA_MAIL_SENDER=$mail_user"
      fi
    } > "$settings.part"
    mv "$settings.part" "$settings"
  )
}

setting() { sed -n "s/^$1=//p" "$settings" | tail -n 1 | tr -d '"'; }

write_service() {
  install -d "$units" "$root/usr/local/sbin"
  install -m 0755 "$source/docs/deploy/consulta-run" "$root/usr/local/sbin/consulta-run"
  install -m 0644 "$source/docs/deploy/consulta.service" "$units/consulta.service"
  folder=$(setting CONSULTA_BACKUP_FOLDER)
  case $folder in
    '' | /var/lib/consulta/*) rm -f "$units/consulta.service.d/backups.conf" ;;
    *)
      install -d -m 0700 -o consulta -g consulta "$root$folder"
      install -d "$units/consulta.service.d"
      # The minus: where the disk is missing, the site still starts, and the desk says that copies fail.
      printf '[Service]\nReadWritePaths=-%s\n' "$folder" > "$units/consulta.service.d/backups.conf"
      ;;
  esac
  systemctl daemon-reload
}

write_proxy() {
  [ "$site" != localhost ] || return 0
  step "https: Caddy fetches a certificate for $site by itself"
  if [ -e "$caddyfile" ] && ! grep -q '^# consulta behind Caddy' "$caddyfile" &&
    dpkg --verify caddy | grep -q Caddyfile; then
    say "$caddyfile is for something else and stays as it is: add what docs/proxy/Caddyfile has, then systemctl reload caddy."
    return 0
  fi
  install -d "$(dirname "$caddyfile")"
  sed "s/consulta\.example\.org/$site/" "$source/docs/proxy/Caddyfile" > "$caddyfile"
  systemctl enable --quiet --now caddy || true
  systemctl reload-or-restart caddy ||
    say "Caddy does not start: perhaps another program uses ports 80 and 443. See journalctl -u caddy, then systemctl restart caddy."
  getent ahosts "$site" > /dev/null ||
    say "The name $site leads nowhere yet. Ask the keeper of the domain to let it point to this machine; https works a few minutes later."
}

# Wait up to a minute until the pages are served.
answers() {
  for _ in $(seq 30); do
    ! "$program/bin/python" -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/ready', timeout=5)" \
      2> /dev/null || return 0
    sleep "${INSTALL_PAUSE:-2}"
  done
  return 1
}

run=$root/usr/local/sbin/consulta-run

# -- A new installation, or an upgrade
if [ -e "$settings" ]; then
  say "consulta is installed here: this is an upgrade. Settings and secrets stay."
  site=$(setting CONSULTA_BASE_URL | sed 's,^https*://,,; s,:.*,,; s,/.*,,')
  admin='' former=$(readlink "$program" || true)
else
  say "Four questions, then some minutes of work. Nothing is changed before the last answer."
  questions
  former=''
fi
# Without a service there is no database yet: a former run ended early.
[ -z "$former" ] || systemctl is-enabled --quiet consulta || former=''
packages
account
[ -e "$settings" ] || write_settings

step "The program: $program"
new=$program-$(date -u +%Y%m%dT%H%M%SZ)
install -d "$root/opt"
install_program "$source" "$new"

if [ -n "$former" ]; then
  folder=$(setting CONSULTA_BACKUP_FOLDER)
  folder=${folder:-$copies_here}/before-upgrade # a folder of its own: nothing in it is deleted by age
  step "A backup before the upgrade: $folder"
  "$run" backup "$folder" || refuse "the backup failed, so nothing was changed: the former version stays."
fi
if [ -n "$former" ]; then
  step "The site stops for a moment"
  systemctl stop consulta
fi
ln -sfn "$new" "$program"
write_service

step "Database"
if [ -n "$former" ]; then
  if ! "$run" migrate; then
    ln -sfn "$former" "$program"
    systemctl start consulta
    refuse "the database could not be brought up to date. The former version runs again."
  fi
fi
begun=$("$run" init ${admin:+--admin "$admin"}) || refuse "the database could not be set up; see what is said above, then run this again."
systemctl enable --quiet consulta
systemctl start consulta
write_proxy

step "Does it answer?"
answers || refuse "it does not answer yet. Read why: journalctl -u consulta -n 50"
say "Yes."
for old in "$program"-2*; do
  [ "$old" = "$new" ] || [ "$old" = "$former" ] || rm -rf "$old"
done

step "Done"
link=$(printf '%s\n' "$begun" | sed -n '/^https*:/p')
if [ "$site" = localhost ]; then
  say "Only this machine reaches the site. From another one: ssh -L 8000:localhost:8000 THIS-MACHINE"
fi
[ "$(setting CONSULTA_BACKUP_FOLDER)" != "$copies_here" ] ||
  say "Backups lie on this disk only: they help against mistakes, not against a broken or stolen machine."
[ -n "$(setting CONSULTA_SMTP_HOST)" ] || say "No mail leaves yet: each one becomes a file in /var/lib/consulta/mail."
say "What is left to look at: consulta-run check --deploy"
if [ -n "$link" ]; then
  say ""
  say "The first administrator begins here, once and within three days (another link: consulta-run init):"
  say "$link"
fi
