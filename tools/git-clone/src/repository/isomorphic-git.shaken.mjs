// Of isomorphic-git only this is bundled: its fetch and checkout hold whole packs in memory, and trust a hostile tree.
export { addRemote, init, setConfig, writeRef } from 'isomorphic-git'
