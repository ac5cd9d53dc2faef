/* The least that sizing a tree takes: the names of each directory, and one fstatat for each entry. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned long long files, bytes;

static void walk(int directory) {
    DIR *stream = fdopendir(directory);
    struct dirent *entry;
    struct stat status;
    if (!stream) return;
    while ((entry = readdir(stream))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW)) continue;
        if (S_ISDIR(status.st_mode)) {
            int below = openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (below >= 0) walk(below);
        } else {
            files++;
            bytes += status.st_size;
        }
    }
    closedir(stream);
}

int main(int count, char **arguments) {
    int top = open(count > 1 ? arguments[1] : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return 1;
    walk(top);
    printf("%llu %llu\n", files, bytes);
    return 0;
}
