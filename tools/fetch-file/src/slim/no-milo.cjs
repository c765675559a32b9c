// undici's second parser of HTTP/1, an experiment that is off: 180 kB of WebAssembly.
module.exports = { H1Parser: undefined, getMiloEnabled: () => false }
