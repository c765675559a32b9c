import * as fs from 'node:fs'
import nodeHttp from 'node:http'
import { clone } from 'isomorphic-git'
import http from 'isomorphic-git/http/node'

// Node's own agent gives a server up that is silent for 5 s, as one is while it packs the large repository.
nodeHttp.globalAgent = new nodeHttp.Agent()

/** The peer of the bench: `node isomorphic.ts URL FOLDER`, what isomorphic-git itself makes of one commit. */
const [url = '', dir = ''] = process.argv.slice(2)
await clone({ fs, http, dir, url, depth: 1, singleBranch: true, noTags: true })
