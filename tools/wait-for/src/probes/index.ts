import type { Probe } from './probe.ts'

type Load = () => Promise<{ readonly probe: Probe }>

// A probe's own parameters are known to the probe alone; behind this table all of them look alike.
const load = (file: () => Promise<{ readonly probe: unknown }>): Load => file as Load

/** Every scheme and the file of its probe, loaded only when a target names it: a TCP wait never pays for TLS. */
export const probes: Readonly<Record<string, Load>> = {
  tcp: load(() => import('./tcp.ts')),
  unix: load(() => import('./unix.ts')),
  file: load(() => import('./file/file.ts')),
  dns: load(() => import('./dns/dns.ts')),
  tls: load(() => import('./tls.ts')),
  http: load(() => import('./http/http.ts')),
  https: load(() => import('./http/http.ts')),
  ws: load(() => import('./http/http.ts')),
  wss: load(() => import('./http/http.ts')),
  h2c: load(() => import('./http/http.ts')),
  grpc: load(() => import('./grpc/grpc.ts')),
  grpcs: load(() => import('./grpc/grpc.ts')),
  redis: load(() => import('./redis/redis.ts')),
  rediss: load(() => import('./redis/redis.ts')),
  postgres: load(() => import('./postgres/postgres.ts')),
  postgresql: load(() => import('./postgres/postgres.ts')),
  mysql: load(() => import('./mysql/mysql.ts')),
  mariadb: load(() => import('./mysql/mysql.ts')),
  memcached: load(() => import('./memcached.ts')),
  nats: load(() => import('./nats/nats.ts')),
  amqp: load(() => import('./amqp/amqp.ts')),
  amqps: load(() => import('./amqp/amqp.ts')),
  mongodb: load(() => import('./mongodb/mongodb.ts')),
  kafka: load(() => import('./kafka/kafka.ts')),
  k8s: load(() => import('./k8s/k8s.ts')),
}
