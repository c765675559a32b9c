'use strict'
// Loaded before the bundle of a tool that runs as a plain process, to give it what a Pod would have: names of Services,
// the termination message file, and an end when pod-runner is gone.
const dns = require('node:dns')
const fs = require('node:fs')

/**
 * Prepares this process. `names` maps host names to addresses, `paths` maps files of the container to files of this machine, and
 * `mounts` its mount paths to folders of this machine, all of them below `own`: arguments are mapped before, but a path can also
 * stand in a configuration file.
 */
module.exports = function prepare({ names, paths, mounts, own }) {
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

  const folders = Object.entries(mounts).toSorted(([one], [other]) => other.length - one.length)
  const inside = (path, folder) => path === folder || path.startsWith(`${folder}/`)
  const mapped = (path) => {
    if (typeof path !== 'string' || inside(path, own)) return path
    if (paths[path] !== undefined) return paths[path]
    const [mount, folder] = folders.find(([each]) => inside(path, each)) ?? []
    return mount === undefined ? path : folder + path.slice(mount.length)
  }
  const methods =
    'openSync existsSync statSync lstatSync statfsSync accessSync readdirSync readlinkSync realpathSync writeFileSync'
  for (const method of methods.split(' ')) {
    const original = fs[method]
    fs[method] = Object.assign((path, ...rest) => original(mapped(path), ...rest), original)
  }

  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, 500).unref()
}
