{{- /*
All init containers that .Values.initbox.containers names, in that order:

      initContainers:
        {{- include "initbox.containers" . | nindent 8 }}
*/}}
{{- define "initbox.containers" -}}
{{- range $index, $container := .Values.initbox.containers }}{{ if $index }}{{ "\n" }}{{ end }}
{{- include "initbox.container" (merge (dict "root" $) .) }}
{{- end }}
{{- end }}

{{- /*
One init container; `initbox.wait-for` and its like below set the tool:

        {{- include "initbox.wait-for" (dict "root" $ "args" (list "tcp://db:5432")) | nindent 8 }}

root (the chart's $), and then as in values.schema.json: name, args, env, envFrom, volumeMounts, resources, restartPolicy.
*/}}
{{- define "initbox.container" -}}
{{- $image := .root.Values.initbox.image -}}
- name: {{ .name | default .tool }}
  image: {{ printf "%s/%s:%s" $image.registry .tool $image.tag | quote }}
  imagePullPolicy: {{ $image.pullPolicy }}
  {{- with .restartPolicy }}
  restartPolicy: {{ . }}
  {{- end }}
  {{- with .args }}
  args: {{ toJson . }}
  {{- end }}
  {{- with .env }}
  env:
    {{- range $name, $value := . }}
    {{- if kindIs "map" $value }}
    - {name: {{ $name }}, valueFrom: {{ toJson $value }}}
    {{- else }}
    - {name: {{ $name }}, value: {{ $value | toString | quote }}}
    {{- end }}
    {{- end }}
  {{- end }}
  {{- with .envFrom }}
  envFrom: {{ toJson . }}
  {{- end }}
  volumeMounts:
    - {name: initbox, mountPath: /init}
    {{- range .volumeMounts }}
    - {{ toJson . }}
    {{- end }}
  securityContext:
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    runAsNonRoot: true
    capabilities: {drop: [ALL]}
    seccompProfile: {type: RuntimeDefault}
  {{- $limits := dict "git-clone" "128Mi" "fetch-file" "256Mi" }}
  resources: {{ .resources | default (dict "requests" (dict "cpu" "10m" "memory" "64Mi") "limits" (dict "memory" (get $limits .tool | default "64Mi"))) | toJson }}
{{- end }}

{{- /* The volume that they prepare, for the Pod's volumes. */}}
{{- define "initbox.volume" -}}
- name: initbox
  emptyDir: {{ .Values.initbox.volume | toJson }}
{{- end }}
