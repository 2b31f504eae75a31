// The layers of docs/architecture.md: who may import whom.
const layer = (name, allowed, extra = []) => ({
  name: `${name}-imports`,
  comment: `${name} may import only: ${['itself', ...allowed].join(', ')}.`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: [name, ...allowed].map((n) => `^src/${n}/`).concat(extra) },
});
const only = (pkg, folders) => ({
  name: `${pkg}-only-in-${folders.join('-').replaceAll('/', '-')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: folders.map((f) => `^src/${f}/`) },
  to: { path: `node_modules/${pkg}/` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-tests-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
    layer('model', []),
    layer('core', ['model']),
    layer('security', ['core', 'model']),
    layer('wire', ['core', 'model', 'security']),
    layer('ml', ['core', 'model']),
    layer('streams', ['core', 'model', 'ml']),
    layer('alerts', ['core', 'model']),
    layer('store', ['core', 'model', 'security', 'wire']),
    layer('federation', ['core', 'model', 'wire', 'security', 'alerts']),
    layer('actors', ['core', 'model', 'streams', 'alerts', 'store', 'ml'], []),
    layer('client', ['core', 'model', 'wire', 'security']),
    layer('gateway', ['core', 'model', 'wire', 'security', 'store', 'alerts']),
    layer('sim', ['core', 'model', 'wire', 'security', 'client']),
    only('nact', ['actors/kernel']),
    only('rxjs', ['streams', 'actors']),
    only('mongodb', ['store']),
    only('lmdb', ['store']),
    only('@nats-io', ['federation']),
    only('fastify', ['gateway']),
    only('@tensorflow', ['ml/neural']),
    only('webgpu', ['ml/neural']),
    only('kafkajs', ['gateway/kafka']),
    only('msgpackr', ['wire', 'store', 'gateway', 'client', 'actors', 'ml']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs'] },
  },
};
