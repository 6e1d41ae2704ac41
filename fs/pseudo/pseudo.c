/* SPDX-License-Identifier: ISC */
/*
 * Inodes and dentries here live only while somebody uses them. A file's text is made at the first read and whenever
 * reading begins again at its start, so that one pass over it is consistent.
 */
#include "fs/pseudo.h"
#include <linux/fcntl.h>
#include <linux/fs.h>

#include "abi/errno.h"
#include "fs/root.h"
#include "kernel/heap.h"
#include "lib/string.h"

#define STORE_MAX 4096u

struct pseudo_inode {
	struct inode i;
	const struct pseudo *e;
	uint64_t arg;
	struct text link; /* an ordinary link's target */
};

static struct pseudo_inode *inode_of(const struct inode *i)
{
	return CONTAINER_OF(i, struct pseudo_inode, i);
}

static void evict(struct inode *i)
{
	text_free(&inode_of(i)->link);
	kfree(inode_of(i));
}

static int make_inode(struct super *sb, const struct pseudo *e, uint64_t arg, struct inode **out);

static int lookup(struct inode *dir, const char *name, size_t len, struct inode **out)
{
	const struct pseudo_inode *d = inode_of(dir);
	const struct pseudo *e;
	uint64_t arg = d->arg;
	int err;

	for (e = d->e->children; e != NULL && e->name != NULL; e++)
		if (strlen(e->name) == len && memcmp(e->name, name, len) == 0)
			return make_inode(dir->sb, e, arg, out);
	if (d->e->find == NULL)
		return -ENOENT;
	err = d->e->find(d->arg, name, len, &e, &arg);
	return err != 0 ? err : make_inode(dir->sb, e, arg, out);
}

static int iterate(struct inode *dir, uint64_t *pos, struct dir_emit *emit)
{
	const struct pseudo_inode *d = inode_of(dir);
	unsigned i = *pos < 2 ? 0 : (unsigned)*pos - 2, n = 0, k;

	while (d->e->children != NULL && d->e->children[n].name != NULL)
		n++;
	for (;; i++) {
		char buf[PSEUDO_NAME_MAX];
		const char *name = buf;
		uint32_t mode = 0;

		if (i < n) {
			name = d->e->children[i].name;
			mode = d->e->children[i].mode;
		} else {
			k = i - n;
			if (d->e->list == NULL || d->e->list(d->arg, &k, buf, &mode) != 0)
				return 0;
			i = k + n;
		}
		if (!emit->fn(emit, name, strlen(name), 1 + i, (mode & S_IFMT) >> 12, i + 3))
			return 0;
		*pos = i + 3;
	}
}

static const char *target(struct inode *i)
{
	return inode_of(i)->link.buf;
}

static int follow(struct inode *i, struct dentry **out)
{
	return inode_of(i)->e->follow(inode_of(i)->arg, out);
}

static long link_text(struct inode *i, char *buf, size_t size)
{
	struct text t = {0};
	long n = inode_of(i)->e->show(&t, inode_of(i)->arg);

	if (n == 0) {
		n = t.failed ? -ENOMEM : (long)MIN(t.len, size);
		if (n > 0)
			memcpy(buf, t.buf, (size_t)n);
	}
	text_free(&t);
	return n;
}

/* Files here are not to be changed but by writing; chmod and the like are refused, and truncation is nothing. */
static int setattr(struct inode *i, const struct vfs_attr *a)
{
	(void)i;
	return a->valid == ATTR_SIZE ? 0 : -EPERM;
}

static const struct inode_ops dir_ops = {.lookup = lookup, .iterate = iterate, .evict = evict};
static const struct inode_ops file_ops = {.setattr = setattr, .evict = evict};
static const struct inode_ops link_ops = {.target = target, .text = link_text, .evict = evict};
static const struct inode_ops magic_ops = {.follow = follow, .text = link_text, .evict = evict};

static int show(struct file *f)
{
	const struct pseudo_inode *p = inode_of(f->inode);
	struct text *t = f->priv;
	int err;

	if (t == NULL) {
		t = kzalloc(sizeof *t);
		if (t == NULL)
			return -ENOMEM;
		f->priv = t;
	}
	t->len = 0;
	t->failed = false;
	err = p->e->show != NULL ? p->e->show(t, p->arg) : 0;
	if (p->e->show == NULL)
		text_printf(t, "%s\n", p->e->line);
	return err == 0 && t->failed ? -ENOMEM : err;
}

static ssize_t file_read(struct file *f, struct uio *u, uint64_t *pos)
{
	const struct text *t;
	ssize_t n;

	if (*pos == 0 || f->priv == NULL) {
		int err = show(f);

		if (err != 0)
			return err;
	}
	t = f->priv;
	if (*pos >= t->len)
		return 0;
	n = uio_touch(u, t->len - *pos, true);
	if (n != 0)
		return n;
	if (*pos >= t->len) /* made anew meanwhile */
		return 0;
	n = uio_put_now(u, t->buf + *pos, MIN(t->len - *pos, u->left));
	if (n > 0)
		*pos += (uint64_t)n;
	return n;
}

static ssize_t file_write(struct file *f, struct uio *u, uint64_t *pos)
{
	const struct pseudo_inode *p = inode_of(f->inode);
	size_t size = u->left;
	ssize_t n;
	char *s;
	int err;

	(void)pos;
	if (p->e->store == NULL)
		return -EACCES;
	if (size > STORE_MAX)
		return -EINVAL;
	s = kmalloc(size + 1);
	if (s == NULL)
		return -ENOMEM;
	n = uio_get(u, s, size);
	if (n >= 0) {
		s[n] = '\0';
		err = p->e->store(s, (size_t)n, p->arg);
		n = err != 0 ? err : n;
	}
	kfree(s);
	return n;
}

static int64_t file_seek(struct file *f, int64_t off, int whence)
{
	return whence == SEEK_SET || whence == SEEK_CUR ? vfs_seek(f, off, whence) : -EINVAL;
}

static void file_release(struct file *f)
{
	if (f->priv != NULL)
		text_free(f->priv);
	kfree(f->priv);
}

static const struct file_ops file_fops = {
    .read = file_read,
    .write = file_write,
    .seek = file_seek,
    .release = file_release,
};

static int make_inode(struct super *sb, const struct pseudo *e, uint64_t arg, struct inode **out)
{
	struct pseudo_inode *p = kzalloc(sizeof *p);
	int err = 0;

	if (p == NULL)
		return -ENOMEM;
	inode_init(&p->i, sb, e->mode);
	p->e = e;
	p->arg = arg;
	p->i.ops = &file_ops;
	p->i.fops = &file_fops;
	if (S_ISDIR(e->mode)) {
		p->i.ops = &dir_ops;
		p->i.fops = &vfs_dir_ops;
		p->i.nlink = 2;
	} else if (S_ISLNK(e->mode)) {
		p->i.ops = e->follow != NULL ? &magic_ops : &link_ops;
		if (e->follow == NULL) {
			err = e->show(&p->link, arg);
			text_put(&p->link, "", 1);
			if (err == 0 && p->link.failed)
				err = -ENOMEM;
		}
	}
	if (err != 0) {
		evict(&p->i);
		return err;
	}
	*out = &p->i;
	return 0;
}

int pseudo_number(const char *name, size_t len, unsigned *n)
{
	unsigned v = 0;

	if (len == 0 || len > 9 || (name[0] == '0' && len > 1))
		return -ENOENT;
	for (size_t i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return -ENOENT;
		v = v * 10 + (unsigned)(name[i] - '0');
	}
	*n = v;
	return 0;
}

static void super_stat(struct super *sb, struct super_stat *st)
{
	st->magic = sb->type[0] == 'p' ? 0x9fa0u : 0x62656572u; /* proc, sysfs */
	st->block_size = 4096;
}

int pseudo_mount(const char *path, const char *type, const struct pseudo *root)
{
	struct super *sb = kzalloc(sizeof *sb);
	struct vfs_ctx ctx;
	struct dentry *at;
	struct inode *i;
	int err;

	if (sb == NULL)
		return -ENOMEM;
	sb->type = sb->source = type;
	sb->stat = super_stat;
	err = root_mkdir(path, 0555);
	if (err == 0)
		err = make_inode(sb, root, 0, &i);
	if (err == 0)
		err = super_init(sb, i);
	if (err != 0)
		return err;
	vfs_root_ctx(&ctx);
	err = vfs_lookup(&ctx, NULL, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &at);
	if (err != 0)
		return err;
	err = vfs_mount(at, sb);
	dentry_put(at);
	return err;
}
