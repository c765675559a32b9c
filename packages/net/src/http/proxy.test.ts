import { Redactor, UsageError } from '@initbox/core'
import { describe, expect, test } from 'vitest'
import { proxyRule } from './proxy.ts'

const proxy = 'http://proxy:3128'

describe('proxyRule', () => {
  test.each([
    ['http://web/', { http_proxy: proxy }, proxy],
    ['http://web/', { HTTP_PROXY: proxy }, proxy],
    ['http://web/', { https_proxy: proxy }, undefined],
    ['https://web/', { HTTPS_PROXY: 'proxy:3128' }, proxy],
    ['http://web/', { http_proxy: proxy, no_proxy: '*' }, undefined],
    ['http://web/', { http_proxy: proxy, NO_PROXY: 'a, web' }, undefined],
    ['http://web.svc.cluster.local/', { http_proxy: proxy, no_proxy: '.cluster.local' }, undefined],
    ['http://web.svc.cluster.local/', { http_proxy: proxy, no_proxy: 'luster.local' }, proxy],
    ['http://web:8080/', { http_proxy: proxy, no_proxy: 'web:9090' }, proxy],
    ['http://web:8080/', { http_proxy: proxy, no_proxy: 'web:8080' }, undefined],
    ['http://10.1.2.3/', { http_proxy: proxy, no_proxy: '10.0.0.0/8' }, undefined],
    ['http://11.1.2.3/', { http_proxy: proxy, no_proxy: '10.0.0.0/8,10.0.0.0/99' }, proxy],
    ['http://[fd00::7]/', { http_proxy: proxy, no_proxy: 'fd00::/8' }, undefined],
    ['http://web.svc.cluster.local/', { http_proxy: proxy, no_proxy: 'svc.cluster.local.' }, undefined],
    ['http://web.svc.cluster.local./', { http_proxy: proxy, no_proxy: 'svc.cluster.local' }, undefined],
    ['http://web.svc.cluster.local.:81/', { http_proxy: proxy, no_proxy: '.svc.cluster.local.:80' }, proxy],
    ['http://web/', { http_proxy: proxy, no_proxy: '.' }, proxy],
    ['http://[::1]/', { http_proxy: proxy, no_proxy: '::1' }, undefined],
    ['http://localhost/', { http_proxy: proxy }, undefined],
    ['http://web.example/', { http_proxy: proxy, NO_PROXY: 'WEB.Example' }, undefined],
    ['https://web/', { https_proxy: proxy, no_proxy: 'web:443' }, undefined],
    ['http://[fd00::7]/', { http_proxy: proxy, no_proxy: 'fd00::7' }, undefined],
    ['http://[fd00::7]:81/', { http_proxy: proxy, no_proxy: '[fd00::7]:80' }, proxy],
    ['http://web/', { ALL_PROXY: proxy }, proxy],
    ['http://web/', { ALL_PROXY: 'http://all:1', http_proxy: proxy }, proxy],
    ['https://web/', { all_proxy: proxy, no_proxy: 'web' }, undefined],
  ])('%s with %j', (url, environment, expected) => {
    expect(proxyRule(undefined, environment, new Redactor())(new URL(url))?.origin).toBe(expected)
  })

  test.each([
    ['socks5://u:secret@x', 'the proxy in $http_proxy is a SOCKS proxy, and only http proxies are spoken to'],
    ['ftp://u:secret@x', 'the proxy in $http_proxy is no http proxy'],
    ['http://[', 'the proxy in $http_proxy is no http proxy'],
  ])('refuses %s without quoting it', (text, message) => {
    const rule = proxyRule(undefined, { http_proxy: text }, new Redactor())
    expect(() => rule(new URL('http://web'))).toThrow(new UsageError(message))
    expect(rule(new URL('https://web'))).toBeUndefined()
  })

  test('redacts its password', () => {
    const redactor = new Redactor()
    proxyRule(undefined, { http_proxy: 'http://u:sec%40ret@x' }, redactor)(new URL('http://web'))
    proxyRule(new URL('http://u:other@x'), {}, redactor)
    expect(redactor.redact('sec@ret, other')).toBe('[redacted], [redacted]')
  })

  test('an option beats the environment, and none is none', () => {
    const environment = { http_proxy: proxy }
    expect(proxyRule('none', environment, new Redactor())(new URL('http://web'))).toBeUndefined()
    const given = new URL('http://given:1')
    expect(proxyRule(given, { ...environment, no_proxy: '*' }, new Redactor())(new URL('http://web'))).toBe(given)
  })
})
