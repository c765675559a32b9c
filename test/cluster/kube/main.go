// One program with every part of a Kubernetes node: `kube apiserver --flag…`, `kube kubelet --flag…`, `kube kubectl …`. They share
// most of their packages: one link instead of six. The API server brings the etcd that it needs, in the working directory.
package main

import (
	"context"
	"log"
	"net/url"
	"os"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

func main() {
	part, arguments := os.Args[1], os.Args[2:]
	var command *cobra.Command
	switch part {
	case "apiserver":
		command = apiserver.NewAPIServerCommand()
		arguments = append([]string{"--etcd-servers=" + startEtcd()}, arguments...)
	case "controller-manager":
		command = controllers.NewControllerManagerCommand()
	case "scheduler":
		command = scheduler.NewSchedulerCommand()
	case "kubelet":
		command = kubelet.NewKubeletCommand(context.Background())
	case "proxy":
		command = proxy.NewProxyCommand()
	case "kubectl":
		command = kubectl.NewDefaultKubectlCommand()
		os.Args = os.Args[1:]
		if err := cli.RunNoErrOutput(command); err != nil {
			os.Exit(1)
		}
		return
	case "dns":
		serveDNS(arguments[0], arguments[1])
	default:
		log.Fatalf("no part %q", part)
	}
	command.SetArgs(arguments)
	os.Exit(cli.Run(command))
}

// startEtcd keeps its data in ./etcd; its sockets are files of the working directory.
func startEtcd() string {
	client := []url.URL{{Scheme: "unix", Host: "client:0"}}
	peer := []url.URL{{Scheme: "unix", Host: "peer:0"}}
	config := embed.NewConfig()
	config.Dir = "etcd"
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	config.ListenClientUrls, config.AdvertiseClientUrls = client, client
	config.ListenPeerUrls, config.AdvertisePeerUrls = peer, peer
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		log.Fatal(err)
	}
	<-etcd.Server.ReadyNotify()
	return client[0].String()
}
