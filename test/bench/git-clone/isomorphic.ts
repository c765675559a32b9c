import * as fs from 'node:fs'
import { clone } from 'isomorphic-git'
import http from 'isomorphic-git/http/node'

/** The peer of the bench: `node isomorphic.ts URL FOLDER`, what isomorphic-git itself makes of one commit. */
const [url = '', dir = ''] = process.argv.slice(2)
await clone({ fs, http, dir, url, depth: 1, singleBranch: true, noTags: true })
