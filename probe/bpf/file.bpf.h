/*
 * file: from a descriptor to what it stands for.
 *
 * The identity (a hash of the inode) is cheap and taken at every wait; the description is sent the
 * first time that an identity is met.
 */
#ifndef CONCADVISE_FILE_BPF_H
#define CONCADVISE_FILE_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "event.bpf.h"
#include "wire.h"

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u8);
} described_files SEC(".maps");

static __always_inline __u64 hash_mix(__u64 h, __u64 value)
{
	h = (h ^ value) * 0x9e3779b97f4a7c15ULL; /* 2^64 / golden ratio */
	return h ^ (h >> 32);
}

static __always_inline struct file *file_of(struct files_struct *files, __u32 fd)
{
	struct fdtable *fdt = files ? files->fdt : NULL;
	struct file *file = NULL;

	if (!fdt || fd >= fdt->max_fds)
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), fdt->fd + fd);
	return file;
}

/*
 * The same for as long as the file lives; another one for an inode whose memory was used again. All
 * eventfds, timerfds and epolls share one inode: what they can do tells them apart.
 */
static __always_inline __u64 file_identity(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	__u64 id = hash_mix((__u64)inode, BPF_CORE_READ(inode, i_ino));

	return hash_mix(id, (__u64)BPF_CORE_READ(file, f_op)) | 1;
}

/* The path of a UNIX socket, or of the one that it is connected to. */
static __always_inline void file_describe_unix(struct wire_file *f, struct sock *sk)
{
	struct unix_sock *own = (struct unix_sock *)sk;
	struct unix_address *address = BPF_CORE_READ(own, addr);

	if (!address) {
		struct unix_sock *peer = (struct unix_sock *)BPF_CORE_READ(own, peer);

		address = peer ? BPF_CORE_READ(peer, addr) : NULL;
	}
	if (address) /* struct sockaddr_un follows the length: its family, then the path */
		bpf_probe_read_kernel_str(f->name, sizeof(f->name),
			(void *)address + bpf_core_field_offset(struct unix_address, len) +
				sizeof(int) + sizeof(short));
}

static void file_describe_socket(struct wire_file *f, struct file *file)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);
	struct sock_common *common = &sk->__sk_common;

	f->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	f->sock_state = BPF_CORE_READ(sk, __sk_common.skc_state);
	f->sock_type = BPF_CORE_READ(sk, sk_type);
	f->protocol = BPF_CORE_READ(sk, sk_protocol);
	if (f->family == AF_UNIX)
		file_describe_unix(f, sk);
	if (f->family != AF_INET && f->family != AF_INET6)
		return;
	f->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	f->peer_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (f->family == AF_INET) {
		bpf_core_read(f->local_addr, 4, &common->skc_rcv_saddr);
		bpf_core_read(f->peer_addr, 4, &common->skc_daddr);
	} else {
		bpf_core_read(f->local_addr, 16, &common->skc_v6_rcv_saddr);
		bpf_core_read(f->peer_addr, 16, &common->skc_v6_daddr);
	}
}

static __noinline int file_describe(__u32 serial, __u64 id, int fd, struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct wire_file *f = event_reserve(sizeof(*f));

	if (!f)
		return 0;
	__builtin_memset(f, 0, sizeof(*f));
	event_head(&f->h, WIRE_FILE, serial, bpf_ktime_get_ns());
	f->id = id;
	f->fd = fd;
	f->inode = BPF_CORE_READ(inode, i_ino);
	f->fs_magic = BPF_CORE_READ(inode, i_sb, s_magic);
	f->mode = BPF_CORE_READ(inode, i_mode);
	f->rdev = BPF_CORE_READ(inode, i_rdev);
	if ((f->mode & S_IFMT) == S_IFSOCK)
		file_describe_socket(f, file);
	else
		bpf_probe_read_kernel_str(
			f->name, sizeof(f->name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	event_submit(f);
	return 1;
}

/*
 * The identity of a file, described to the tool if it is new. fd: what the task calls it. last: the
 * one that the thread waited for before, which is described already.
 */
static __always_inline __u64 file_note(__u32 serial, struct file *file, int fd, __u64 last)
{
	__u64 id = file_identity(file);
	__u8 seen = 1;

	if (id == last)
		return id;
	if (!bpf_map_lookup_elem(&described_files, &id) && file_describe(serial, id, fd, file))
		bpf_map_update_elem(&described_files, &id, &seen, BPF_ANY);
	return id;
}

#endif
