using System.Net;
using System.Net.Sockets;
using Shaper.Engine.Interop;
using Xunit;

namespace Shaper.Engine.Tests.Interop;

public sealed class StampedDatagramsTests : IDisposable
{
    private readonly Socket _receiver = Bound();
    private readonly Socket _sender = Bound();
    private readonly byte[] _buffer = new byte[100];

    /// <summary>
    /// The kernel turns its stamping on in a work queue some time after the option is set; until then a datagram is
    /// stamped when it is read. So the test sends until one carries a moment that lies well before its reading.
    /// </summary>
    [Fact]
    public void A_datagram_carries_the_moment_at_which_the_kernel_received_it()
    {
        _receiver.SetRawSocketOption(StampedDatagrams.OptionLevel, StampedDatagrams.OptionName, BitConverter.GetBytes(1));
        bool stampedOnArrival = false;
        for (int attempt = 0; attempt < 50 && !stampedOnArrival; attempt++)
        {
            long before = UnixClock.RealtimeNanoseconds;
            _sender.SendTo(new byte[] { 1, 2, 3 }, _receiver.LocalEndPoint!);
            Assert.True(_receiver.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead));
            long arrived = UnixClock.RealtimeNanoseconds;
            Thread.Sleep(20);

            Assert.True(StampedDatagrams.TryReceive(_receiver.SafeHandle, _buffer, out int length, out long stamp));
            Assert.Equal(3, length);
            Assert.Equal([1, 2, 3], _buffer[..3]);
            Assert.InRange(stamp, before, UnixClock.RealtimeNanoseconds);
            stampedOnArrival = stamp <= arrived;
        }

        Assert.True(stampedOnArrival, "every one of 50 datagrams was stamped when it was read");
    }

    [Fact]
    public void Without_the_option_the_stamp_is_zero()
    {
        _sender.SendTo(new byte[7], _receiver.LocalEndPoint!);
        Assert.True(_receiver.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead));

        Assert.True(StampedDatagrams.TryReceive(_receiver.SafeHandle, _buffer, out int length, out long stamp));
        Assert.Equal(7, length);
        Assert.Equal(0, stamp);
    }

    [Fact]
    public void An_empty_socket_says_so_at_once()
    {
        Assert.False(StampedDatagrams.TryReceive(_receiver.SafeHandle, _buffer, out int length, out _));
        Assert.Equal(0, length);
    }

    public void Dispose()
    {
        _receiver.Dispose();
        _sender.Dispose();
    }

    private static Socket Bound()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
