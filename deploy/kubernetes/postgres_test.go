package kubernetes

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestManifests_TwoProcessesOverOneDatabase: what must hold for a process that works and another that waits for its place.
func TestManifests_TwoProcessesOverOneDatabase(t *testing.T) {
	kinds := build(t, "../kubernetes-postgres")
	set := kinds["Deployment urna"].(*apps.Deployment)
	if *set.Spec.Replicas < 2 || set.Spec.Strategy.Type != apps.RecreateDeploymentStrategyType {
		t.Error("want two processes, of one version at any time")
	}
	pod, container := set.Spec.Template.Spec, set.Spec.Template.Spec.Containers[0]
	own := container.SecurityContext
	if !*pod.SecurityContext.RunAsNonRoot || *own.AllowPrivilegeEscalation || !*own.ReadOnlyRootFilesystem || *pod.AutomountServiceAccountToken ||
		!slices.Equal(own.Capabilities.Drop, []core.Capability{"ALL"}) {
		t.Error("want no rights, a read-only file system and no token of the cluster")
	}
	apart := pod.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	if len(apart) != 1 || apart[0].TopologyKey != "kubernetes.io/hostname" || !selects(*apart[0].LabelSelector, set.Spec.Template.Labels) {
		t.Error("want each process on a node of its own")
	}
	for name, probe := range map[string]*core.Probe{"/healthz": container.LivenessProbe, "/readyz": container.ReadinessProbe} {
		if probe.HTTPGet.Path != name || probe.HTTPGet.Port.String() != container.Ports[0].Name {
			t.Errorf("want %s asked at the server's port, got %v", name, probe.HTTPGet)
		}
	}
	budget := kinds["PodDisruptionBudget urna"].(*policy.PodDisruptionBudget).Spec
	if budget.MinAvailable.IntValue() != 1 || *budget.UnhealthyPodEvictionPolicy != policy.AlwaysAllow || !selects(*budget.Selector, set.Spec.Template.Labels) {
		t.Error("want the process that works kept, and the other one free to be evicted: it is never ready")
	}
	service := kinds["Service urna"].(*core.Service).Spec
	if service.PublishNotReadyAddresses || !selects(meta.LabelSelector{MatchLabels: service.Selector}, set.Spec.Template.Labels) ||
		service.Ports[0].TargetPort.String() != container.Ports[0].Name {
		t.Error("want the service to lead to the process that is ready")
	}
}

// TestManifests_SecretsOfTheDatabase: the same secrets for both processes, none in a setting that everybody reads, and no folder of
// data.
func TestManifests_SecretsOfTheDatabase(t *testing.T) {
	kinds := build(t, "../kubernetes-postgres")
	pod := kinds["Deployment urna"].(*apps.Deployment).Spec.Template.Spec
	container := pod.Containers[0]
	if !slices.ContainsFunc(container.EnvFrom, func(s core.EnvFromSource) bool { return s.SecretRef != nil && s.SecretRef.Name == "urna-database" }) {
		t.Error("want the address of the database from its secret")
	}
	address, err := url.Parse(kinds["Secret urna-database"].(*core.Secret).StringData["URNA_DATABASE"])
	if err != nil || strings.Count(address.Host, ",") < 1 || address.Query().Get("target_session_attrs") != "read-write" ||
		address.Query().Get("sslmode") != "verify-full" {
		t.Error("want several hosts, the one that takes changes, and its certificate checked:", address, err)
	}
	folder := ""
	for _, variable := range container.Env {
		switch variable.Name {
		case "URNA_SECRETS":
			folder = variable.Value
		case "URNA_DATA":
			t.Error("want no data folder beside a database")
		}
	}
	mount := slices.IndexFunc(container.VolumeMounts, func(m core.VolumeMount) bool { return folder != "" && m.MountPath == folder })
	if mount < 0 || !container.VolumeMounts[mount].ReadOnly {
		t.Fatalf("want the secrets mounted read-only at %q", folder)
	}
	if !slices.ContainsFunc(pod.Volumes, func(v core.Volume) bool {
		return v.Name == container.VolumeMounts[mount].Name && v.Secret != nil && v.Secret.SecretName == "urna-secrets"
	}) {
		t.Error("want the volume of the secrets")
	}
	for name, value := range kinds["ConfigMap urna"].(*core.ConfigMap).Data {
		if strings.Contains(value, "postgres:") {
			t.Errorf("want no address of the database in the settings: %s", name)
		}
	}
}

// TestManifests_WhoReachesWhom: the ingress reaches the server's port, and the server its database and names alone.
func TestManifests_WhoReachesWhom(t *testing.T) {
	kinds := build(t, "../kubernetes-postgres")
	p, set := kinds["NetworkPolicy urna"].(*networking.NetworkPolicy).Spec, kinds["Deployment urna"].(*apps.Deployment)
	if !selects(p.PodSelector, set.Spec.Template.Labels) || !slices.Equal(p.PolicyTypes, []networking.PolicyType{networking.PolicyTypeIngress, networking.PolicyTypeEgress}) {
		t.Error("want all traffic of the pods under the policy")
	}
	for _, rule := range p.Ingress {
		if len(rule.From) == 0 || len(rule.Ports) != 1 || rule.Ports[0].Port.String() != set.Spec.Template.Spec.Containers[0].Ports[0].Name {
			t.Errorf("want the ingress alone, at the server's port, got %+v", rule)
		}
	}
	var out []string
	for _, rule := range p.Egress {
		for _, port := range rule.Ports {
			out = append(out, port.Port.String())
		}
		if len(rule.To) == 0 {
			t.Error("want no way to everywhere")
		}
	}
	if !slices.Equal(out, []string{"53", "53", "5432"}) {
		t.Errorf("want names and the database reached, got %v", out)
	}
}

// TestManifests_OneReplicatedVolume is the one process whose volume is on several machines.
func TestManifests_OneReplicatedVolume(t *testing.T) {
	set := build(t, "../kubernetes-replicated")["StatefulSet urna"].(*apps.StatefulSet)
	claim := set.Spec.VolumeClaimTemplates[0].Spec
	if *set.Spec.Replicas != 1 || !slices.Equal(claim.AccessModes, []core.PersistentVolumeAccessMode{core.ReadWriteOncePod}) || *claim.StorageClassName != "replicated" {
		t.Errorf("want one process over one volume of its class, got %+v", claim)
	}
	if len(set.Spec.Template.Spec.Containers[0].VolumeMounts) != 2 {
		t.Error("want the mounts of the base")
	}
}

// selects reports whether a selector, which is not empty, has these labels.
func selects(s meta.LabelSelector, labels map[string]string) bool {
	for key, value := range s.MatchLabels {
		if labels[key] != value {
			return false
		}
	}
	return len(s.MatchLabels) > 0
}
