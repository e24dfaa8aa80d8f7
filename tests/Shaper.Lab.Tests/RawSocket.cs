using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Shaper.Lab.Tests;

/// <summary>Sockets and options that .NET has no names for.</summary>
internal static class RawSocket
{
    public const int Tcp = 6;
    public const int WindowClamp = 10;
    public const int FastOpen = 23;
    public const int FastOpenConnect = 30;

    private const int Inet = 2;
    private const int Stream = 1;
    private const int Mptcp = 262;

    /// <summary>A multipath TCP socket; null where the kernel has none.</summary>
    public static Socket? OpenMptcp()
    {
        int fd = OpenSocket(Inet, Stream, Mptcp);
        return fd < 0 ? null : new(new SafeSocketHandle(fd, ownsHandle: true));
    }

    public static void Set(this Socket socket, int option, int value) => socket.SetRawSocketOption(Tcp, option, BitConverter.GetBytes(value));

    [DllImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenSocket(int family, int type, int protocol);
}
