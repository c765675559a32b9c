export { addRemote, init, setConfig, writeRef } from 'isomorphic-git'
