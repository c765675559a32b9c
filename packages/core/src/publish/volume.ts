// `@initbox/core/volume`: for a tool whose trade is the volume itself; no other bundle contains this.
export { Folder } from './folder.ts'
export { changeOwner, findFolder, openFolder, publishFolder, publishSymlink } from './publish-entry.ts'
export { removeTree } from './remove-tree.ts'
