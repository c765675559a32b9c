// Of ssh2 only the client, by its file: the package's index would bring its server too.
export { default as Client } from 'ssh2/lib/client.js'
