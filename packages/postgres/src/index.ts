export { type ConnectionOptions, connectionSettings } from './connection-settings.ts'
export {
  type ConnectionUrl,
  parseConnectionUrl,
  secretsInUrl,
  sessionAttributes,
  type SessionAttributes,
  type SslMode,
  sslModes,
} from './connection-url.ts'
export * from './failure.ts'
export { openSession } from './open-session.ts'
export { type Cell, type RowBatch, rows } from './rows.ts'
export { type Notice, Session } from './session.ts'
export { type ConnectionSettings, formatTarget, type ServerPlace } from './settings.ts'
