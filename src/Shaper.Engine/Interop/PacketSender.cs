using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>
/// Sends bursts of whole Ethernet frames on one interface with one system call a burst (sendmmsg(2)). Receives nothing: the socket's protocol is 0.
/// </summary>
/// <remarks>One thread. Fixed memory: the message headers are pinned and filled in place. Frames must lie in pinned memory.</remarks>
public sealed unsafe class PacketSender : IDisposable
{
    private readonly FileDescriptor _socket;
    private readonly LibcSocket.MultiMessage[] _messages;
    private readonly LibcSocket.IoVector[] _vectors;
    private int _count;

    /// <param name="interfaceIndex">The kernel's number of the interface.</param>
    /// <param name="capacity">Longest burst, frames.</param>
    /// <param name="bypassQdisc">Hand frames to the driver past the interface's queueing discipline; they are not seen by tc then, nor by a sniffer on this machine.</param>
    /// <param name="sendBufferBytes">Bytes of frames that may be on their way through the kernel.</param>
    public PacketSender(int interfaceIndex, int capacity, bool bypassQdisc, int sendBufferBytes)
    {
        _messages = GC.AllocateArray<LibcSocket.MultiMessage>(capacity, pinned: true);
        _vectors = GC.AllocateArray<LibcSocket.IoVector>(capacity, pinned: true);
        for (int i = 0; i < capacity; i++)
        {
            _messages[i].Vectors = (LibcSocket.IoVector*)Marshal.UnsafeAddrOfPinnedArrayElement(_vectors, i);
            _messages[i].VectorCount = 1;
        }

        _socket = PacketSocket.Open();
        try
        {
            LibcSocket.SetOption(_socket, "setsockopt(SO_SNDBUFFORCE)", LibcSocket.SOL_SOCKET, LibcSocket.SO_SNDBUFFORCE, sendBufferBytes);
            LibcSocket.SetOption(
                _socket, "setsockopt(PACKET_QDISC_BYPASS)", LibcPacket.SOL_PACKET, LibcPacket.PACKET_QDISC_BYPASS, bypassQdisc ? 1 : 0);
            PacketSocket.Bind(_socket, interfaceIndex, protocol: 0);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Longest burst, frames.</summary>
    public int Capacity => _messages.Length;

    /// <summary>Starts a new burst.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds a frame, which lies in memory that never moves.</summary>
    public void Add(ReadOnlySpan<byte> pinned)
    {
        _vectors[_count].Base = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(pinned));
        _vectors[_count].Length = (nuint)pinned.Length;
        _count++;
    }

    /// <summary>
    /// Offers the burst to the kernel from frame <paramref name="first"/> on, without blocking. Returns how many it took; when it took none,
    /// <paramref name="errno"/> says why the first one was refused.
    /// </summary>
    public int Send(int first, out int errno)
    {
        errno = 0;
        fixed (LibcSocket.MultiMessage* messages = &_messages[first])
        {
            while (true)
            {
                int sent = LibcSocket.sendmmsg(_socket.Number, messages, (uint)(_count - first), LibcSocket.MSG_DONTWAIT);
                if (sent > 0)
                {
                    return sent;
                }

                errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.EINTR)
                {
                    return 0;
                }
            }
        }
    }

    /// <summary>Takes the error that waits on the socket, such as ENETDOWN after the interface went down.</summary>
    public int TakeError() => LibcSocket.TakeError(_socket);

    public void Dispose() => _socket.Dispose();
}
