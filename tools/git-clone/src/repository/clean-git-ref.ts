import { isRefName } from '../protocol/ref-name.ts'

/** In place of the package of this name, which has no licence text: isomorphic-git refuses a name that comes back changed. */
export default { clean: (name: string): string => (isRefName(name) ? name : '') }
