namespace Shaper.Engine.Interop;

/// <summary>
/// While open, the kernel stamps every frame it receives, on every interface, with CLOCK_REALTIME: the number by which AF_PACKET and
/// the gate's programs recognise a frame as the same. Without it each of them would read the clock when it comes to the frame.
/// </summary>
/// <remarks>
/// The switch is kernel-wide and counted; a socket with SO_TIMESTAMPNS holds it. It is thrown by a work queue, normally within a
/// millisecond. Costs some 20 ns a frame. Dies with the descriptor.
/// </remarks>
public sealed class KernelStamps : IDisposable
{
    private readonly FileDescriptor _socket;

    public KernelStamps()
    {
        _socket = LibcSocket.Open("socket(AF_INET)", LibcSocket.AF_INET, LibcSocket.SOCK_DGRAM);
        try
        {
            LibcSocket.SetOption(_socket, "setsockopt(SO_TIMESTAMPNS)", LibcSocket.SOL_SOCKET, LibcSocket.SO_TIMESTAMPNS, 1);
        }
        catch (LinuxException)
        {
            _socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _socket.Dispose();
}
