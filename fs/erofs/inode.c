/* SPDX-License-Identifier: ISC */
/* EROFS inodes: from the image's two forms to struct inode, with every field checked. */
#include "erofs.h"
#include "kernel/heap.h"
#include "kernel/time.h"
#include "lib/string.h"

#define LINK_MAX_BYTES 4095u

static const char *target(struct inode *i)
{
	return erofs_inode_of(i)->link;
}

static void evict(struct inode *i)
{
	kfree(erofs_inode_of(i)->link);
	kfree(erofs_inode_of(i));
}

static const struct inode_ops dir_ops = {.lookup = erofs_lookup, .iterate = erofs_iterate, .evict = evict};
static const struct inode_ops file_ops = {.peek = erofs_peek, .object = erofs_object, .evict = evict};
static const struct inode_ops link_ops = {.target = target, .evict = evict};
static const struct inode_ops special_ops = {.evict = evict};

/* The inode's attributes, whichever form it has. */
struct raw {
	uint16_t format, xattr_count;
	uint32_t mode, nlink, uid, gid, u;
	uint64_t size;
	int64_t mtime;
	uint64_t end; /* offset behind it */
};

static int read_raw(const struct erofs *e, uint64_t nid, struct raw *r)
{
	struct erofs_disk_compact c;
	struct erofs_disk_extended x;
	uint64_t off;

	if (nid > UINT64_MAX / EROFS_SLOT - e->meta)
		return -EUCLEAN;
	off = e->meta + nid * EROFS_SLOT;
	if (!erofs_inside(e, off, sizeof c))
		return -EUCLEAN;
	memcpy(&c, e->base + off, sizeof c);
	if ((c.format & EROFS_FORMAT_EXTENDED) == 0) {
		*r = (struct raw){c.format, c.xattr_count, c.mode, c.nlink, c.uid,
				  c.gid,    c.u,           c.size, 0,       off + sizeof c};
		return 0;
	}
	if (!erofs_inside(e, off, sizeof x))
		return -EUCLEAN;
	memcpy(&x, e->base + off, sizeof x);
	*r = (struct raw){x.format, x.xattr_count, x.mode, x.nlink, x.uid, x.gid, x.u, x.size, 0, off + sizeof x};
	if (x.mtime > INT64_MAX / NSEC_PER_SEC - 1 || x.mtime_nsec >= NSEC_PER_SEC)
		return -EUCLEAN;
	r->mtime = (int64_t)(x.mtime * NSEC_PER_SEC + x.mtime_nsec);
	return 0;
}

/* Where the content lies; all of it inside the image. */
static int locate(const struct erofs *e, const struct raw *r, struct erofs_inode *n)
{
	uint64_t tail;

	if (r->size > e->size)
		return -EUCLEAN;
	n->plain_off = (uint64_t)r->u << EROFS_BLOCK_BITS;
	n->plain_len = r->size;
	switch (EROFS_LAYOUT(r->format)) {
	case EROFS_PLAIN: break;
	case EROFS_INLINE:
		tail = r->size & (EROFS_BLOCK - 1);
		n->plain_len = r->size - tail;
		n->tail_off = r->end;
		if (r->xattr_count > 0)
			n->tail_off += EROFS_XATTR_HEADER + (r->xattr_count - 1u) * EROFS_XATTR_SLOT;
		if (!erofs_inside(e, n->tail_off, tail))
			return -EUCLEAN;
		break;
	default: /* compressed, chunked */ return -EUCLEAN;
	}
	return n->plain_len == 0 || erofs_inside(e, n->plain_off, n->plain_len) ? 0 : -EUCLEAN;
}

static int read_link(struct erofs_inode *n)
{
	uint64_t size = n->i.size, done = 0;

	if (size == 0 || size > LINK_MAX_BYTES)
		return -EUCLEAN;
	n->link = kzalloc(size + 1);
	if (n->link == NULL)
		return -ENOMEM;
	while (done < size) {
		const void *p;
		ssize_t got = erofs_peek(&n->i, done, &p);

		memcpy(n->link + done, p, (size_t)got);
		done += (uint64_t)got;
	}
	return 0;
}

static int set_kind(struct erofs *e, const struct raw *r, struct erofs_inode *n)
{
	int err = 0;

	switch (r->mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
		err = locate(e, r, n);
		if (err != 0)
			return err;
		n->i.ops = S_ISDIR(r->mode) ? &dir_ops : S_ISREG(r->mode) ? &file_ops : &link_ops;
		n->i.fops = S_ISDIR(r->mode) ? &vfs_dir_ops : S_ISREG(r->mode) ? &vfs_memory_ops : NULL;
		return S_ISLNK(r->mode) ? read_link(n) : 0;
	case S_IFCHR:
	case S_IFBLK:
		n->i.rdev = r->u; /* Linux's 32-bit form: minor 8, major 12, minor 12 bits */
		return 0;
	case S_IFIFO:
	case S_IFSOCK: return 0;
	}
	return -EUCLEAN;
}

int erofs_inode(struct erofs *e, uint64_t nid, struct inode **out)
{
	struct erofs_inode *n;
	struct raw r;
	int err = read_raw(e, nid, &r);

	if (err != 0)
		return err;
	n = kzalloc(sizeof *n);
	if (n == NULL)
		return -ENOMEM;
	n->i.ops = &special_ops;
	n->i.sb = &e->sb;
	n->i.refs = 1;
	n->i.ino = nid;
	n->i.mode = r.mode;
	n->i.nlink = r.nlink;
	n->i.uid = r.uid;
	n->i.gid = r.gid;
	n->i.size = r.size;
	n->i.blocks = (r.size + EROFS_BLOCK - 1) >> EROFS_BLOCK_BITS << (EROFS_BLOCK_BITS - 9);
	n->i.atime = n->i.mtime = n->i.ctime = r.mtime;
	err = set_kind(e, &r, n);
	if (err != 0) {
		evict(&n->i);
		return err;
	}
	*out = &n->i;
	return 0;
}
