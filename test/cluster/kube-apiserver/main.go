// The Kubernetes API server with the etcd that it needs, as one program: `kube-apiserver FOLDER --flag…`.
package main

import (
	"log"
	"net/url"
	"os"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	// etcd's sockets are files of the working directory.
	if err := os.Chdir(os.Args[1]); err != nil {
		log.Fatal(err)
	}
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
	command := app.NewAPIServerCommand()
	command.SetArgs(append([]string{"--etcd-servers=" + client[0].String()}, os.Args[2:]...))
	os.Exit(cli.Run(command))
}
