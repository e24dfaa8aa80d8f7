using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>socket(2) and what is done with one. Names and values are the kernel's.</summary>
internal static unsafe partial class LibcSocket
{
    internal const int AF_INET = 2;
    internal const int AF_NETLINK = 16;
    internal const int AF_PACKET = 17;
    internal const int SOCK_DGRAM = 2;
    internal const int SOCK_RAW = 3;
    internal const int SOCK_CLOEXEC = 0x8_0000;
    internal const int SOL_SOCKET = 1;
    internal const int SO_ERROR = 4;
    internal const int SO_RCVTIMEO = 20;
    internal const int SO_SNDBUFFORCE = 32;
    internal const int SO_TIMESTAMPNS = 35;
    internal const int MSG_DONTWAIT = 0x40;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial FileDescriptor socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int bind(FileDescriptor fd, void* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setsockopt(FileDescriptor fd, int level, int name, void* value, uint length);

    /// <summary>For a descriptor that another library owns.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setsockopt(int fd, int level, int name, void* value, uint length);

    /// <summary>For a descriptor that another library owns.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int bind(int fd, void* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int getsockopt(FileDescriptor fd, int level, int name, void* value, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint send(FileDescriptor fd, void* bytes, nuint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint recv(FileDescriptor fd, void* bytes, nuint length, int flags);

    /// <summary>Takes the number, not the handle: the one call per burst on the data path, made by the owner of the handle.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sendmmsg(int fd, MultiMessage* messages, uint count, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint recvmsg(SafeHandle fd, MessageHeader* message, int flags);

    /// <summary>Opens a socket that is closed on exec.</summary>
    internal static FileDescriptor Open(string what, int domain, int type, int protocol = 0)
    {
        FileDescriptor fd = socket(domain, type | SOCK_CLOEXEC, protocol);
        if (!fd.IsInvalid)
        {
            return fd;
        }

        LinuxException fault = LinuxException.FromLastError(what);
        fd.Dispose();
        throw fault;
    }

    internal static void SetOption(FileDescriptor fd, string what, int level, int name, int value)
    {
        if (setsockopt(fd, level, name, &value, sizeof(int)) != 0)
        {
            throw LinuxException.FromLastError(what);
        }
    }

    /// <summary>The error that waits on the socket, cleared by being read; 0 when there is none.</summary>
    internal static int TakeError(FileDescriptor fd)
    {
        int error = 0;
        uint length = sizeof(int);
        return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : Marshal.GetLastPInvokeError();
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct msghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>struct mmsghdr with its msghdr, written out.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MultiMessage
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
        public int Padding;
        public uint SentBytes;
    }
}
