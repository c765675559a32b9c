#!/bin/sh
# Advertises the container's own address, formats the storage on the first start and then becomes the broker.
set -eu
address=$(hostname -i)
jaas=org.apache.kafka.common.security
cat > /tmp/server.properties <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://localhost:9093,SASL_PLAINTEXT://:9094
advertised.listeners=PLAINTEXT://$address:9092,SASL_PLAINTEXT://$address:9094
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_plaintext.plain.sasl.jaas.config=$jaas.plain.PlainLoginModule required user_app="secret";
listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=$jaas.scram.ScramLoginModule required;
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=$jaas.scram.ScramLoginModule required;
log.dirs=/tmp/kafka
offsets.topic.replication.factor=1
END
if [ ! -e /tmp/kafka/meta.properties ]; then
  java kafka.tools.StorageTool format --cluster-id 4L6g3nShT-eMCtK--X86sw --config /tmp/server.properties \
    --add-scram 'SCRAM-SHA-256=[name=app,password=secret]' --add-scram 'SCRAM-SHA-512=[name=app,password=secret]'
fi
exec "$@"
