import { join } from 'node:path'
import { recipeFolder } from '@initbox/engine/service-definitions'
import { mavenJars } from './maven-jars.ts'
import { launchService, type Recipe, type Service } from './service.ts'

/** Apache Kafka 3.9, one broker; port 9094 wants a login. Only Linux can use it: it advertises the container's own address. */
const recipe: Recipe<{ readonly url: string }> = {
  name: 'kafka',
  address: ({ address }) => ({ url: `kafka://${address}:9092` }),
  isReady: async ({ exec }) => {
    await exec('java', 'org.apache.kafka.tools.TopicCommand', '--bootstrap-server', 'localhost:9092', '--list')
    return true
  },
}

/** Starts Kafka and does not wait until it is usable; the caller stops it. */
export async function launchKafka(): Promise<Service<{ readonly url: string }>> {
  const jars = await mavenJars('kafka', join(recipeFolder('kafka'), 'pom.xml'))
  return launchService(recipe, { flags: ['--volume', `${jars}:/opt/kafka:ro`] })
}
