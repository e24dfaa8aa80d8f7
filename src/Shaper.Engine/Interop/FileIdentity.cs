using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>What a path is and to whom it belongs: the part of libc's file calls that .NET does not offer.</summary>
public static partial class FileIdentity
{
    private const int AT_FDCWD = -100;
    private const int AT_SYMLINK_NOFOLLOW = 0x100;
    private const uint STATX_TYPE = 1;
    private const uint STATX_INO = 0x100;
    private const ushort S_IFMT = 0xF000;
    private const ushort S_IFSOCK = 0xC000;

    /// <summary>Whether <paramref name="path"/> is a Unix socket; false also when there is nothing. Does not follow a link, does not open it.</summary>
    public static bool IsSocket(string path) =>
        Statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, out statx status) == 0 && (status.stx_mode & S_IFMT) == S_IFSOCK;

    /// <summary>The inode of what is at <paramref name="path"/>, for a namespace its number; null when there is nothing.</summary>
    public static ulong? InodeOf(string path) =>
        Statx(AT_FDCWD, path, 0, STATX_INO, out statx status) == 0 ? status.stx_ino : null;

    /// <summary>Gives <paramref name="path"/> to a group.</summary>
    /// <exception cref="LinuxException">Not allowed, or no such file.</exception>
    public static void ChangeGroup(string path, uint groupId)
    {
        const uint unchanged = uint.MaxValue;
        if (Lchown(path, unchanged, groupId) != 0)
        {
            throw LinuxException.FromLastError($"lchown({path}, group {groupId})");
        }
    }

    /// <summary>The number of a group by its name, from wherever the machine keeps its groups.</summary>
    public static bool TryGroupId(string name, out uint groupId)
    {
        nint found = Getgrnam(name);
        groupId = found == 0 ? 0 : Marshal.PtrToStructure<group>(found).gr_gid;
        return found != 0;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int dirfd, string pathname, int flags, uint mask, out statx statxbuf);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Lchown(string path, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "getgrnam", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Getgrnam(string name);

#pragma warning disable IDE1006, CS0649, CS8981 // native names; the kernel fills the fields

    /// <summary>Up to the field that is read; the kernel's structure is 256 bytes and the same on every architecture.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct statx
    {
        public uint stx_mask;
        public uint stx_blksize;
        public ulong stx_attributes;
        public uint stx_nlink;
        public uint stx_uid;
        public uint stx_gid;
        public ushort stx_mode;
        public ushort spare;
        public ulong stx_ino;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct group
    {
        public nint gr_name;
        public nint gr_passwd;
        public uint gr_gid;
        public nint gr_mem;
    }

#pragma warning restore IDE1006, CS0649, CS8981
}
