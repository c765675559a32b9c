// What is written by hand for want of a tool: read lines, pipelines of 1,000 SETs, four of them on their way.
const { createReadStream } = require('node:fs')
const { createInterface } = require('node:readline')
const { join } = require('node:path')
const { Redis } = require(require.resolve('ioredis', { paths: [join(__dirname, '../../../tools/warm-redis')] }))

const [file, url] = process.argv.slice(2)
void (async () => {
  const redis = new Redis(url)
  const waiting = []
  let pipeline = redis.pipeline()
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { key, value } = JSON.parse(line)
    pipeline.set(key, value)
    if (pipeline.length < 1000) continue
    waiting.push(pipeline.exec())
    pipeline = redis.pipeline()
    if (waiting.length >= 4) await waiting.shift()
  }
  await Promise.all([...waiting, pipeline.exec()])
  redis.disconnect()
})()
