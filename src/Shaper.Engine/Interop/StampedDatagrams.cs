using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>
/// Takes datagrams off a socket together with the moment at which the kernel received them, which no scheduling delay of the reader can move.
/// </summary>
/// <remarks>The runtime's sockets give no access to control messages. Allocates nothing. Source: socket(7), cmsg(3).</remarks>
public static unsafe class StampedDatagrams
{
    /// <summary>Level and option, 4 bytes 1, that make the kernel stamp a socket's datagrams.</summary>
    public const int OptionLevel = LibcSocket.SOL_SOCKET;

    public const int OptionName = LibcSocket.SO_TIMESTAMPNS;

    private const int ControlBytes = 128;

    /// <summary>What follows a cmsghdr: size_t length, int level, int type.</summary>
    private const int DataOffset = 16;
    private const int LevelOffset = 8;
    private const int TypeOffset = 12;
    private const int TimeSpecBytes = 16;

    /// <summary>
    /// The next datagram, without waiting. False when there is none, or when the socket has an error to report
    /// (an ICMP "unreachable" answering one of our own): that reads it away.
    /// </summary>
    /// <param name="unixNanoseconds">When the kernel received it, CLOCK_REALTIME; 0 where it did not say.</param>
    public static bool TryReceive(SafeHandle socket, Span<byte> buffer, out int lengthBytes, out long unixNanoseconds)
    {
        byte* control = stackalloc byte[ControlBytes];
        fixed (byte* start = buffer)
        {
            LibcSocket.IoVector vector = new() { Base = start, Length = (nuint)buffer.Length };
            LibcSocket.MessageHeader header = new() { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlBytes };
            nint got;
            do
            {
                got = LibcSocket.recvmsg(socket, &header, LibcSocket.MSG_DONTWAIT);
            }
            while (got < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);

            lengthBytes = (int)Math.Max(got, 0);
            unixNanoseconds = got < 0 ? 0 : Stamp(new(control, (int)header.ControlLength));
            return got >= 0;
        }
    }

    private static long Stamp(ReadOnlySpan<byte> control)
    {
        while (control.Length >= DataOffset)
        {
            long size = MemoryMarshal.Read<long>(control);
            if (size < DataOffset || size > control.Length)
            {
                return 0;
            }

            if (MemoryMarshal.Read<int>(control[LevelOffset..]) == LibcSocket.SOL_SOCKET
                && MemoryMarshal.Read<int>(control[TypeOffset..]) == LibcSocket.SO_TIMESTAMPNS && size >= DataOffset + TimeSpecBytes)
            {
                LibcTime.TimeSpec time = MemoryMarshal.Read<LibcTime.TimeSpec>(control[DataOffset..]);
                return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
            }

            // Each begins at a multiple of 8.
            control = control[(int)Math.Min((size + 7) & ~7L, control.Length)..];
        }

        return 0;
    }
}
