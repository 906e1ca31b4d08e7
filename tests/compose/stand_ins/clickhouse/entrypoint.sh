# Makes the user that the variables name, the only one, as ClickHouse's own image does.
set -e
cat >/tmp/users.xml <<USERS
<yandex>
  <profiles><default/></profiles>
  <users><$CLICKHOUSE_USER>
    <password>$CLICKHOUSE_PASSWORD</password><networks><ip>::/0</ip></networks>
    <profile>default</profile><quota>default</quota>
  </$CLICKHOUSE_USER></users>
  <quotas><default/></quotas>
</yandex>
USERS
chown -R clickhouse:clickhouse /var/lib/clickhouse
exec setpriv --reuid=clickhouse --regid=clickhouse --clear-groups \
    clickhouse-server --config-file=/etc/clickhouse-server/config.xml
