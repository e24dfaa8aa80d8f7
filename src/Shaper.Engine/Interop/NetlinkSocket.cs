using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>
/// A conversation with the kernel: requests that are acknowledged, queries that are answered, and batches that take effect whole or not
/// at all. The kernel's own words for a refusal are part of the exception.
/// </summary>
/// <remarks>Used by one thread at a time. The kernel answers while the request is being sent, so nothing here waits for long.</remarks>
public sealed unsafe class NetlinkSocket : IDisposable
{
    private const int LevelNetlink = 270;
    private const int OptionCapAck = 10;
    private const int OptionExtAck = 11;

    private const ushort TypeError = 2;
    private const ushort TypeDone = 3;
    private const ushort FlagAck = 4;
    private const ushort FlagAckAttributes = 0x200;
    private const ushort AckMessageAttribute = 1;
    private const int ReceiveTimeoutSeconds = 5;

    private readonly FileDescriptor _socket;
    private readonly byte[] _reply = new byte[64 * 1024];
    private uint _sequence;

    public NetlinkSocket(NetlinkFamily family)
    {
        _socket = LibcSocket.Open($"socket(AF_NETLINK, {family})", LibcSocket.AF_NETLINK, LibcSocket.SOCK_RAW, (int)family);
        Span<long> timeout = [ReceiveTimeoutSeconds, 0];
        int on = 1;
        fixed (long* at = timeout)
        {
            _ = LibcSocket.setsockopt(_socket, LibcSocket.SOL_SOCKET, LibcSocket.SO_RCVTIMEO, at, sizeof(long) * 2);
        }

        // Both only improve the words of an error.
        _ = LibcSocket.setsockopt(_socket, LevelNetlink, OptionExtAck, &on, sizeof(int));
        _ = LibcSocket.setsockopt(_socket, LevelNetlink, OptionCapAck, &on, sizeof(int));
    }

    /// <summary>Sends a request and waits for its acknowledgement. <paramref name="what"/> names it in an exception.</summary>
    public void Execute(NetlinkMessage request, string what)
    {
        ArgumentNullException.ThrowIfNull(request);
        uint sequence = ++_sequence;
        Send(request.Close(sequence), what);
        Collect(sequence, what, replies: null);
    }

    /// <summary>Sends a query; returns what came back, each without the netlink header.</summary>
    public List<byte[]> Query(NetlinkMessage request, string what)
    {
        ArgumentNullException.ThrowIfNull(request);
        uint sequence = ++_sequence;
        Send(request.Close(sequence), what);
        List<byte[]> replies = [];
        Collect(sequence, what, replies);
        return replies;
    }

    /// <summary>Sends several messages in one datagram; the last but one asks for the acknowledgement (nfnetlink's batches end in a marker).</summary>
    public void ExecuteBatch(ReadOnlySpan<NetlinkMessage> batch, string what)
    {
        using var datagram = new MemoryStream();
        uint acknowledged = 0;
        for (int i = 0; i < batch.Length; i++)
        {
            uint sequence = ++_sequence;
            if (i == batch.Length - 2)
            {
                acknowledged = sequence;
            }

            datagram.Write(batch[i].Close(sequence));
        }

        Send(datagram.GetBuffer().AsSpan(0, (int)datagram.Length), what);
        Collect(acknowledged, what, replies: null);
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Reads until the request numbered <paramref name="sequence"/> is acknowledged or, for a query, done.</summary>
    private void Collect(uint sequence, string what, List<byte[]>? replies)
    {
        while (true)
        {
            ReadOnlySpan<byte> rest = Receive(what);
            while (rest.Length >= NetlinkMessage.HeaderBytes)
            {
                int length = (int)MemoryMarshal.Read<uint>(rest);
                if (length < NetlinkMessage.HeaderBytes || length > rest.Length)
                {
                    break;
                }

                ushort type = MemoryMarshal.Read<ushort>(rest[4..]);
                ushort flags = MemoryMarshal.Read<ushort>(rest[6..]);
                uint answered = MemoryMarshal.Read<uint>(rest[8..]);
                ReadOnlySpan<byte> body = rest[NetlinkMessage.HeaderBytes..length];
                rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
                if (type == TypeError)
                {
                    // An error of any message of a batch undoes the batch, so it counts whichever message it answers.
                    ThrowOnError(body, flags, what);
                }

                if (answered != sequence)
                {
                    continue;
                }

                if (type is TypeError or TypeDone)
                {
                    return;
                }

                replies?.Add(body.ToArray());
            }
        }
    }

    private static void ThrowOnError(ReadOnlySpan<byte> body, ushort flags, string what)
    {
        int error = body.Length >= sizeof(int) ? -MemoryMarshal.Read<int>(body) : Errno.EINVAL;
        if (error == 0)
        {
            return;
        }

        string words = "";
        const int errorBodyBytes = sizeof(int) + NetlinkMessage.HeaderBytes;
        if ((flags & FlagAckAttributes) != 0 && body.Length > errorBodyBytes)
        {
            words = new NetlinkAttributes(body[errorBodyBytes..]).Text(AckMessageAttribute);
        }

        throw new LinuxException(words.Length == 0 ? what : $"{what} ({words})", error);
    }

    private void Send(ReadOnlySpan<byte> bytes, string what)
    {
        fixed (byte* at = bytes)
        {
            nint sent;
            do
            {
                sent = LibcSocket.send(_socket, at, (nuint)bytes.Length, 0);
            }
            while (sent < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);

            if (sent < 0)
            {
                throw LinuxException.FromLastError(what);
            }
        }
    }

    private ReadOnlySpan<byte> Receive(string what)
    {
        fixed (byte* at = _reply)
        {
            nint received;
            do
            {
                received = LibcSocket.recv(_socket, at, (nuint)_reply.Length, 0);
            }
            while (received < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);

            return received > 0 ? _reply.AsSpan(0, (int)received) : throw LinuxException.FromLastError(what);
        }
    }

    /// <summary>The flag with which a request asks for an acknowledgement.</summary>
    public const ushort Acknowledge = FlagAck;
}
