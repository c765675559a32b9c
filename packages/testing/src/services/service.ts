import { setTimeout as sleep } from 'node:timers/promises'
import { startContainer, type Container, type ContainerOptions } from './container.ts'

/** What sets one service apart: how a client addresses it, and how to tell, with its own means, that it is usable. */
export type Recipe<Address> = {
  /** Its name in packages/engine/services/compose.yaml. */
  readonly name: string
  readonly address: (container: Container) => Address
  /** Resolves to true, or fails, or resolves to false; it is asked again until a minute is over. */
  readonly isReady: (container: Container) => Promise<boolean>
}

/** A running service: its container, its address, and `ready()`, which waits until it is usable. */
export type Service<Address> = Container & Address & { ready(): Promise<void> }

/** Starts a service and returns while it is still starting; the caller stops it. */
export async function launchService<Address>(
  recipe: Recipe<Address>,
  options?: ContainerOptions,
): Promise<Service<Address>> {
  const container = await startContainer(recipe.name, options)
  // The same object, for its address may change.
  return Object.assign(container, recipe.address(container), { ready: () => untilReady(recipe, container) })
}

/** Starts a service and waits until it is usable; the caller stops it, in `afterAll` or by `await using`. */
export async function startService<Address>(
  recipe: Recipe<Address>,
  options?: ContainerOptions,
): Promise<Service<Address>> {
  const service = await launchService(recipe, options)
  try {
    await service.ready()
    return service
  } catch (error) {
    await service.stop()
    throw error
  }
}

/** Lends a usable service to `use` and stops it afterwards. */
export async function withService<Address, T>(
  recipe: Recipe<Address>,
  use: (service: Service<Address>) => Promise<T>,
  options?: ContainerOptions,
): Promise<T> {
  const service = await startService(recipe, options)
  try {
    return await use(service)
  } finally {
    await service.stop()
  }
}

async function untilReady<Address>({ name, isReady }: Recipe<Address>, container: Container): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(100)) {
    if (await isReady(container).catch(() => false)) return
    if (!(await container.isRunning())) throw new Error(`${name} ended while it started:\n${await container.logs()}`)
  }
  throw new Error(`${name} was not ready within a minute:\n${await container.logs()}`)
}
