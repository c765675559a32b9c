import type { Ship } from '@initbox/build'

export const ship: Ship = {
  summary: {
    en: "writes the Pod's IP addresses and other downward-API facts to files",
    zh: '把 Pod 的 IP 地址等 downward API 信息写成文件',
  },
  packages: [],
  layerBudget: 100_000,
  warmUps: [{ label: '--out ip.txt', argv: ['--out', 'ip.txt'], env: { POD_IP: '10.244.1.7' }, goal: 1.17 }],
}
