// Of isomorphic-git only this is bundled: its fetch and checkout hold whole packs in memory, and trust a hostile tree.
// By its file, since what the package's name leads to is CommonJS, of which nothing can be left out.
export { addRemote, init, setConfig, writeRef } from 'isomorphic-git/index.js'
