// The client alone: the index of `pg` would also load its pool and look for its native variant.
declare module 'pg/lib/client.js' {
  import { Client } from 'pg'
  export = Client
}
