# What lies on the demo's target, for people to work with. $1: the home directory; $2: the root of the system, or nothing
# where the target has no system of its own.
set -eu
mkdir -p "$1/archive/2019"
cd "$1"
for month in 01 02 03 04 05 06 07 08 09 10 11 12; do
  printf '%s\n' id,customer,total 1,Ada,12.50 2,Grace,99.00 > "archive/2019/orders-2019-$month.csv"
done
echo 'The order database of a firm that does not exist.' > README
[ -n "${2:-}" ] || exit 0
cd "$2"
mkdir -p srv/orders/exports srv/orders/invoices var/lib/orders var/log/orders
for number in 1 2 3 4 5 6 7 8 9; do
  echo "invoice $number: paid" > "srv/orders/invoices/2026-000$number.txt"
  printf '%s\n' id,customer,total "$number,Ada,12.50" > "srv/orders/exports/2026-0$number.csv"
  echo "$number,Grace,99.00,open" >> var/lib/orders/orders.csv
  echo "2026-01-0$number 09:00:00 order $number taken" >> var/log/orders/orders.log
done
cp var/lib/orders/orders.csv var/backups/orders-2026-01-09.csv
