import { existsSync } from 'node:fs'
import { mustRun } from './command.ts'
import { baseImage, baseRecipe } from './debian-image.ts'
import { folderHash } from './folder-hash.ts'
import { pullImage } from './image-registry.ts'
import { hasImage, loadImage, saveImage } from './image-store.ts'
import { withLock } from './lock.ts'
import { sayWhile } from './say.ts'
import { definitionOfImage, recipeFolder, serviceDefinition } from './service-definitions.ts'
import { withWheels } from './wheels.ts'

/**
 * The image to run for a service of packages/engine/services/compose.yaml, in the engine when this returns: the official one if it is there or can be
 * pulled, else one that behaves the same, made from Debian packages, kept in the engine and, for a fresh engine, in the cache folder.
 */
export async function serviceImage(name: string): Promise<string> {
  const { image } = serviceDefinition(name)
  const folder = recipeFolder(name)
  const hash = folderHash(folder, baseRecipe)
  const own = `initbox-test/${name}:${hash}`
  const present = async (): Promise<string | undefined> => {
    for (const reference of image === undefined ? [own] : [image, own]) if (await hasImage(reference)) return reference
    return undefined
  }
  return (
    (await present()) ??
    withLock(`image-${name}`, async () => {
      const made = await present() // by whoever held the lock before
      if (made !== undefined) return made
      if (image !== undefined && (await pullImage(image))) return image
      if (await loadImage(name, hash)) return own
      if (!existsSync(folder)) throw new Error(`${image} cannot be pulled, and there is no ${folder} to make it from`)
      const base = await baseImage()
      // The classic builder: it takes the base from the engine alone, and asks no registry about it.
      const env = { ...process.env, DOCKER_BUILDKIT: '0' }
      const flags = ['--network', 'host', '--build-arg', `BASE=${base}`, '--tag', own]
      await sayWhile(`making the image of ${name} from Debian packages`, 'half a minute', async () => {
        await withWheels(folder, (context) => mustRun('docker', ['build', ...flags, context], { env }))
        await saveImage(name, hash, own)
      })
      return own
    })
  )
}

/**
 * The image to run where a manifest names `reference`. Another tag of a service's official image is taken if it is there or can be
 * pulled, else the service's own; an image that is no service's is returned as it is.
 */
export async function runnableImage(reference: string): Promise<string> {
  const service = definitionOfImage(reference)
  if (service === undefined || (await hasImage(reference))) return reference
  if (reference !== service.image && (await pullImage(reference))) return reference
  return serviceImage(service.name)
}
