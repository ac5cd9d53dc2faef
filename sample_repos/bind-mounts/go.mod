module example.com/bind-mounts

go 1.25.0
