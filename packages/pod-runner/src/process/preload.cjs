'use strict'
// Loaded before the bundle of a tool that runs as a plain process, to give it what a Pod would have: names of Services,
// the termination message file, and an end when pod-runner is gone.
const dns = require('node:dns')
const fs = require('node:fs')

/** Prepares this process. `names` maps host names to addresses, `paths` maps files of the container to files of this machine. */
module.exports = function prepare({ names, paths }) {
  const { lookup } = dns
  const { lookup: lookupPromise, resolve4: resolvePromise } = dns.promises
  const { resolve4 } = dns
  const addressOf = (name) => names[String(name).toLowerCase().replace(/\.$/, '')]

  dns.lookup = (name, options, callback) => {
    const address = addressOf(name)
    if (address === undefined) return lookup(name, options, callback)
    const done = typeof options === 'function' ? options : callback
    const all = typeof options === 'object' && options !== null && options.all === true
    process.nextTick(() => (all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)))
  }
  dns.promises.lookup = async (name, options) => {
    const address = addressOf(name)
    if (address === undefined) return lookupPromise(name, options)
    return options?.all === true ? [{ address, family: 4 }] : { address, family: 4 }
  }
  dns.resolve4 = (name, options, callback) => {
    const address = addressOf(name)
    if (address === undefined) return resolve4(name, options, callback)
    process.nextTick(typeof options === 'function' ? options : callback, null, [address])
  }
  dns.promises.resolve4 = async (name, ...options) => {
    const address = addressOf(name)
    return address === undefined ? resolvePromise(name, ...options) : [address]
  }

  for (const method of ['openSync', 'existsSync', 'statSync', 'writeFileSync']) {
    const original = fs[method]
    fs[method] = (path, ...rest) => original(paths[path] ?? path, ...rest)
  }

  // The tools resolve names themselves, beginning with this file.
  const { readFileSync } = fs
  const hosts = Object.entries(names).map(([name, address]) => `${address} ${name}\n`)
  fs.readFileSync = (path, ...rest) =>
    path === '/etc/hosts' ? hosts.join('') + readFileSync(path, 'utf8') : readFileSync(path, ...rest)

  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, 500).unref()
}
