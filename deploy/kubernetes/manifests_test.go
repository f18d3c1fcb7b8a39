// Package kubernetes has the manifests of Urna, which this test reads as a cluster would.
package kubernetes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// decode reads a manifest strictly into the type of its kind: an unknown or doubled field is an error.
func decode(document []byte) (any, error) {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := yaml.Unmarshal(document, &head); err != nil {
		return nil, err
	}
	kinds := map[string]any{
		"v1 Namespace": &core.Namespace{}, "v1 ConfigMap": &core.ConfigMap{}, "v1 Service": &core.Service{}, "v1 Secret": &core.Secret{},
		"apps/v1 StatefulSet": &apps.StatefulSet{}, "apps/v1 Deployment": &apps.Deployment{}, "networking.k8s.io/v1 NetworkPolicy": &networking.NetworkPolicy{},
		"policy/v1 PodDisruptionBudget": &policy.PodDisruptionBudget{}, "monitoring.coreos.com/v1 ServiceMonitor": &monitoring.ServiceMonitor{},
	}
	into, ok := kinds[head.APIVersion+" "+head.Kind]
	if !ok {
		return nil, fmt.Errorf("%s %s is of no known kind", head.APIVersion, head.Kind)
	}
	return into, yaml.UnmarshalStrict(document, into)
}

// build returns what `kubectl apply -k` would send of a folder, as one value of each kind and name.
func build(t *testing.T, folder string) (kinds map[string]any) {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatal(err)
	}
	kinds = map[string]any{}
	for _, resource := range resources.Resources() {
		document, err := resource.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		value, err := decode(document)
		if err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		kinds[resource.GetKind()+" "+resource.GetName()] = value
	}
	return kinds
}

func TestManifests_DecodeStrictly(t *testing.T) {
	files, err := filepath.Glob("../kubernetes*/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatal("want the manifests", err, files)
	}
	for _, file := range files {
		if filepath.Base(file) == "kustomization.yaml" { // which build reads
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decode(content); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if _, err := decode([]byte("apiVersion: v1\nkind: Service\nspec: {porst: []}\n")); err == nil {
		t.Error("want an unknown field refused")
	}
}

// TestManifests_RunOneServerWithoutRights reads the built manifests: what must hold for an election.
func TestManifests_RunOneServerWithoutRights(t *testing.T) {
	kinds := build(t, ".")
	set := kinds["StatefulSet urna"].(*apps.StatefulSet)
	pod, container := set.Spec.Template.Spec, set.Spec.Template.Spec.Containers[0]
	if *set.Spec.Replicas != 1 || set.Spec.VolumeClaimTemplates[0].Spec.AccessModes[0] != core.ReadWriteOncePod {
		t.Error("want one process, and a volume for one")
	}
	if !*pod.SecurityContext.RunAsNonRoot || *pod.SecurityContext.RunAsUser != 65534 || pod.SecurityContext.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
		t.Error("want an account without rights and a filter of system calls")
	}
	own := container.SecurityContext
	if *own.AllowPrivilegeEscalation || !*own.ReadOnlyRootFilesystem || !slices.Equal(own.Capabilities.Drop, []core.Capability{"ALL"}) {
		t.Error("want no rights and a read-only file system")
	}
	if *pod.AutomountServiceAccountToken {
		t.Error("want no token of the cluster in the container")
	}
	if kinds["PodDisruptionBudget urna"].(*policy.PodDisruptionBudget).Spec.MaxUnavailable.IntValue() != 0 {
		t.Error("want no eviction")
	}
	for name, probe := range map[string]*core.Probe{"/healthz": container.LivenessProbe, "/readyz": container.ReadinessProbe} {
		if probe.HTTPGet.Path != name || probe.HTTPGet.Port.String() != container.Ports[0].Name {
			t.Errorf("want %s asked at the server's port, got %v", name, probe.HTTPGet)
		}
	}
	if !strings.HasPrefix(container.Image, "registry.example.org/urna:") {
		t.Errorf("want the image of the customization, got %s", container.Image)
	}
}

// TestManifests_FitTogether compares selectors, ports and mounts.
func TestManifests_FitTogether(t *testing.T) {
	kinds := build(t, ".")
	set, service := kinds["StatefulSet urna"].(*apps.StatefulSet), kinds["Service urna"].(*core.Service)
	labels := set.Spec.Template.Labels
	for name, selector := range map[string]map[string]string{
		"the service": service.Spec.Selector, "the set": set.Spec.Selector.MatchLabels,
		"the budget": kinds["PodDisruptionBudget urna"].(*policy.PodDisruptionBudget).Spec.Selector.MatchLabels,
	} {
		if len(selector) == 0 {
			t.Errorf("%s selects every pod", name)
		}
		for key, value := range selector {
			if labels[key] != value {
				t.Errorf("%s wants %s=%s, and the pod has %v", name, key, value, labels)
			}
		}
	}
	container := set.Spec.Template.Spec.Containers[0]
	if service.Spec.Ports[0].TargetPort.String() != container.Ports[0].Name || set.Spec.ServiceName != service.Name {
		t.Error("want the service to lead to the server's port")
	}
	data := ""
	for _, variable := range container.Env {
		if variable.Name == "URNA_DATA" {
			data = variable.Value
		}
	}
	claim := set.Spec.VolumeClaimTemplates[0].Name
	if !slices.ContainsFunc(container.VolumeMounts, func(m core.VolumeMount) bool {
		return m.Name == claim && strings.HasPrefix(data, m.MountPath+"/")
	}) {
		t.Errorf("want the data folder %s in the volume %s", data, claim)
	}
	if kinds["ConfigMap urna"].(*core.ConfigMap).Name != container.EnvFrom[0].ConfigMapRef.Name {
		t.Error("want the settings in the container")
	}
}

// TestManifests_WithMetrics follows the way from the monitor through its service to the port of the metrics, which the
// service of the voters does not have.
func TestManifests_WithMetrics(t *testing.T) {
	kinds := build(t, "../kubernetes-metrics")
	monitor := kinds["ServiceMonitor urna"].(*monitoring.ServiceMonitor)
	service, public := kinds["Service urna-metrics"].(*core.Service), kinds["Service urna"].(*core.Service)
	for key, value := range monitor.Spec.Selector.MatchLabels {
		if service.Labels[key] != value || public.Labels[key] == value {
			t.Errorf("want the monitor to select the service of the metrics alone, by %s=%s", key, value)
		}
	}
	if len(monitor.Spec.Selector.MatchLabels) == 0 || len(public.Spec.Ports) != 1 {
		t.Error("want a selector, and one port for voters")
	}
	pod := kinds["StatefulSet urna"].(*apps.StatefulSet).Spec.Template
	for key, value := range service.Spec.Selector {
		if pod.Labels[key] != value {
			t.Errorf("want the service to select the pod, whose labels are %v", pod.Labels)
		}
	}
	port := service.Spec.Ports[0]
	if monitor.Spec.Endpoints[0].Port != port.Name || monitor.Spec.Endpoints[0].Path != "/metrics" {
		t.Errorf("want the monitor to read /metrics at the service's port, got %+v", monitor.Spec.Endpoints[0])
	}
	listens := kinds["ConfigMap urna"].(*core.ConfigMap).Data["URNA_METRICS_ADDR"]
	if !slices.ContainsFunc(pod.Spec.Containers[0].Ports, func(p core.ContainerPort) bool {
		return p.Name == port.TargetPort.String() && strings.HasSuffix(listens, fmt.Sprintf(":%d", p.ContainerPort))
	}) {
		t.Errorf("want the port at which the server publishes its metrics, which is %s", listens)
	}
}
