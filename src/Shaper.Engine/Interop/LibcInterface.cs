using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>ioctl(2) on network interfaces, as in netdevice(7).</summary>
internal static unsafe partial class LibcInterface
{
    internal const nuint SIOCGIFNAME = 0x8910;
    internal const nuint SIOCGIFFLAGS = 0x8913;
    internal const nuint SIOCGIFMTU = 0x8921;
    internal const nuint SIOCGIFINDEX = 0x8933;
    internal const nuint SIOCETHTOOL = 0x8946;
    internal const int IFNAMSIZ = 16;
    internal const int IFF_UP = 1;
    internal const int IFF_RUNNING = 0x40;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ioctl(FileDescriptor fd, nuint request, InterfaceRequest* argument);

    /// <summary>struct ifreq: a name, then a union of which the first four bytes are used here.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 40)]
    internal struct InterfaceRequest
    {
        public fixed byte Name[IFNAMSIZ];
        public int Value;
    }
}
