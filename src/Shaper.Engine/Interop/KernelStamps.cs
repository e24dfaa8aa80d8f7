using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>
/// While open, the kernel stamps every frame it receives, on every interface, with CLOCK_REALTIME: the number by which AF_PACKET and
/// the gate's programs recognise a frame as the same. Without it each of them would read the clock when it comes to the frame.
/// </summary>
/// <remarks>
/// The switch is kernel-wide and counted; a socket with SO_TIMESTAMPNS holds it. It is thrown by a work queue, normally within a
/// millisecond. Costs some 20 ns a frame. Dies with the descriptor.
/// </remarks>
public sealed partial class KernelStamps : IDisposable
{
    private const int AddressFamilyInternet = 2;
    private const int SocketDatagram = 2;
    private const int SocketCloseOnExec = 0x80000;
    private const int LevelSocket = 1;
    private const int OptionTimestampNs = 35;

    private readonly FileDescriptor _socket;

    public KernelStamps()
    {
        int descriptor = Socket(AddressFamilyInternet, SocketDatagram | SocketCloseOnExec, 0);
        _socket = descriptor >= 0 ? new(descriptor) : throw LinuxException.FromLastError("socket(AF_INET)");
        int on = 1;
        if (SetOption(descriptor, LevelSocket, OptionTimestampNs, in on, sizeof(int)) != 0)
        {
            LinuxException failure = LinuxException.FromLastError("setsockopt(SO_TIMESTAMPNS)");
            _socket.Dispose();
            throw failure;
        }
    }

    public void Dispose() => _socket.Dispose();

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int descriptor, int level, int option, in int value, int length);
}
