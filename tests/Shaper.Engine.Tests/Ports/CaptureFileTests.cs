using System.Buffers.Binary;
using CsCheck;
using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Xunit;

namespace Shaper.Engine.Tests.Ports;

public sealed class CaptureFileTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private const long Origin = 1_700_000_000 * Second;

    private readonly string _folder = Directory.CreateTempSubdirectory("shaper-capture-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Pcap_of_either_byte_order_and_resolution_is_read_to_its_resolution(bool bigEndian, bool nanoseconds)
    {
        long[] times = [Origin + 123_456_789, Origin + Second, Origin + (2 * Second) + 1];
        string path = Save(Pcap(bigEndian, nanoseconds, times));
        using CaptureFileReader reader = new(path);
        for (int i = 0; i < times.Length; i++)
        {
            Assert.True(reader.TryRead());
            Assert.Equal(nanoseconds ? times[i] : times[i] / 1_000 * 1_000, reader.UnixNs);
            Assert.Equal(Frame(i), reader.Frame.ToArray());
        }

        Assert.False(reader.TryRead());
        Assert.Equal(times.Length, reader.Frames);
        Assert.Equal(0, reader.CutFrames);
    }

    [Fact]
    public void Pcapng_is_read_with_the_resolution_its_interface_states()
    {
        using CaptureFileReader reader = new(Save(Pcapng(Origin + 123_456_789, Origin + Second)));
        Assert.True(reader.TryRead());
        Assert.Equal(Origin + 123_456_789, reader.UnixNs);
        Assert.Equal(Frame(0), reader.Frame.ToArray());
        Assert.True(reader.TryRead());
        Assert.Equal(Frame(1), reader.Frame.ToArray());
        Assert.False(reader.TryRead());
    }

    [Fact]
    public void Frames_of_which_the_capture_holds_only_the_beginning_are_counted()
    {
        byte[] file = Pcap(bigEndian: false, nanoseconds: true, Origin);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24 + 12), 1_500);
        using CaptureFileReader reader = new(Save(file));
        Assert.True(reader.TryRead());
        Assert.Equal(1, reader.CutFrames);
        Assert.Equal(Frame(0), reader.Frame.ToArray());
    }

    /// <summary>Every length a pcap file can be cut to either ends between two frames and reads as a shorter file, or fails with one line.</summary>
    [Fact]
    public void A_file_cut_anywhere_fails_with_the_frame_it_was_cut_at_unless_the_cut_is_between_two()
    {
        byte[] whole = Pcap(bigEndian: false, nanoseconds: true, Origin, Origin + 1, Origin + 2);
        HashSet<int> clean = [24, 24 + 16 + 60, 24 + (2 * 16) + 60 + 61, whole.Length];
        for (int length = 0; length <= whole.Length; length++)
        {
            string path = Save(whole[..length]);
            CaptureFileException? fault = Record.Exception(() => ReadAll(path)) as CaptureFileException;
            Assert.Equal(clean.Contains(length), fault is null);
            if (fault is not null)
            {
                Assert.StartsWith(path + ": ", fault.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', fault.Message);
                Assert.Contains("accepted is a pcap or pcapng file of Ethernet frames", fault.Message, StringComparison.Ordinal);
            }

            if (length > 24 + 16 + 60 + 1 && fault is not null)
            {
                Assert.Contains(length < 24 + (2 * 16) + 60 + 61 ? "after frame 1 " : "after frame 2 ", fault.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Whatever_the_bytes_reading_ends_or_fails_with_the_typed_error() =>
        Gen.Byte.Array[0, 300].Select(Gen.Bool, (noise, headed) => headed ? [.. Pcap(false, true)[..24], .. noise] : noise)
            .Sample(
                bytes =>
                {
                    string path = Save(bytes);
                    return Record.Exception(() => ReadAll(path)) is null or CaptureFileException;
                },
                iter: 300,
                threads: 1);

    [Fact]
    public void Files_that_are_not_there_not_captures_or_not_of_Ethernet_are_refused_in_one_line()
    {
        Assert.Contains("no such file", Assert.Throws<CaptureFileException>(() => new CaptureFileReader("/nonexistent.pcap")).Message, StringComparison.Ordinal);
        Assert.Contains("not a capture file", Refusal([.. "not a capture at all, just text"u8]), StringComparison.Ordinal);
        byte[] raw = Pcap(bigEndian: false, nanoseconds: true);
        BinaryPrimitives.WriteInt32LittleEndian(raw.AsSpan(20), 101);
        Assert.Contains("link type Raw", Refusal(raw), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_back_and_the_same_frames_give_the_same_bytes()
    {
        string first = Write("first.pcap");
        string second = Write("second.pcap");
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
        using CaptureFileReader reader = new(first);
        for (int i = 0; i < 50; i++)
        {
            Assert.True(reader.TryRead());
            Assert.Equal(Origin + (i * 333_333_333L), reader.UnixNs);
            Assert.Equal(Frame(i), reader.Frame.ToArray());
        }

        Assert.False(reader.TryRead());
    }

    [Fact]
    public void The_port_gives_each_frame_at_its_time_from_the_first_and_only_those_selected()
    {
        VirtualClock clock = new();
        FramePool pool = new(slots: 8, slotBytes: 128);
        FrameHandle[] burst = new FrameHandle[8];
        string path = Save(Pcap(false, true, Origin, Origin + 100, Origin + 250, Origin + 240, Origin + 400));
        int asked = 0;
        using CaptureFilePort port = new(path, clock, _ => asked++ != 1);
        Assert.Equal(1, port.Receive(pool, burst));
        Assert.Equal(Frame(0), pool.Frame(burst[0]).ToArray());
        Assert.Equal(new Instant(250), port.NextArrival);
        clock.AdvanceTo(new(249));
        Assert.Equal(0, port.Receive(pool, burst));

        // The fourth frame's time stamp runs backwards: it arrives with the third.
        clock.AdvanceTo(new(250));
        Assert.Equal(2, port.Receive(pool, burst));
        Assert.Equal(PortState.Up, port.State);
        clock.AdvanceTo(new(400));
        Assert.Equal(1, port.Receive(pool, burst));
        Assert.Equal(PortState.Ended, port.State);
        Assert.Equal(Instant.Never, port.NextArrival);
        Assert.Equal(4, port.Counters.Frames);
        Assert.Equal(Origin, port.OriginUnixNs);
    }

    [Fact]
    public void A_frame_waits_for_a_slot_and_one_longer_than_a_slot_is_counted()
    {
        VirtualClock clock = new();
        FramePool pool = new(slots: 1, slotBytes: 64);
        FrameHandle[] burst = new FrameHandle[8];
        using CaptureFilePort port = new(Save(Pcap(false, true, Origin, Origin, Origin, Origin, Origin, Origin)), clock, _ => true);
        Assert.Equal(1, port.Receive(pool, burst));
        Assert.Equal(0, port.Receive(pool, burst));
        for (int expected = 1; expected < 5; expected++)
        {
            pool.Return(burst[0]);
            pool.Reclaim();
            Assert.Equal(1, port.Receive(pool, burst));
            Assert.Equal(Frame(expected), pool.Frame(burst[0]).ToArray());
        }

        pool.Return(burst[0]);
        pool.Reclaim();
        Assert.Equal(0, port.Receive(pool, burst));
        Assert.Equal(1, port.Counters.OversizeDrops);
        Assert.Equal(PortState.Ended, port.State);
    }

    private static void ReadAll(string path)
    {
        using CaptureFileReader reader = new(path);
        while (reader.TryRead())
        {
        }
    }

    private static byte[] Frame(int number)
    {
        byte[] frame = new byte[60 + number];
        Array.Fill(frame, (byte)number);
        return frame;
    }

    private static byte[] Pcap(bool bigEndian, bool nanoseconds, params long[] times)
    {
        using MemoryStream file = new();
        void Word(uint value) => Put(file, value, bigEndian);
        Word(nanoseconds ? 0xA1B2_3C4D : 0xA1B2_C3D4);
        Word(bigEndian ? 0x0002_0004u : 0x0004_0002u);
        Word(0);
        Word(0);
        Word(262_144);
        Word(1);
        for (int i = 0; i < times.Length; i++)
        {
            byte[] frame = Frame(i);
            Word((uint)(times[i] / Second));
            Word((uint)(times[i] % Second / (nanoseconds ? 1 : 1_000)));
            Word((uint)frame.Length);
            Word((uint)frame.Length);
            file.Write(frame);
        }

        return file.ToArray();
    }

    /// <summary>Section header, interface description with if_tsresol 9, enhanced packets.</summary>
    private static byte[] Pcapng(params long[] times)
    {
        using MemoryStream file = new();
        void Words(params ReadOnlySpan<uint> values)
        {
            foreach (uint value in values)
            {
                Put(file, value, bigEndian: false);
            }
        }

        Words(0x0A0D_0D0A, 28, 0x1A2B_3C4D, 0x0000_0001, 0xFFFF_FFFF, 0xFFFF_FFFF, 28);
        Words(1, 32, 1, 262_144, 0x0001_0009, 9, 0, 32);
        for (int i = 0; i < times.Length; i++)
        {
            byte[] frame = Frame(i);
            uint padded = (uint)((frame.Length + 3) & ~3);
            Words(6, 32 + padded, 0, (uint)(times[i] >> 32), (uint)times[i], (uint)frame.Length, (uint)frame.Length);
            file.Write(frame);
            file.Write(new byte[padded - frame.Length]);
            Words(32 + padded);
        }

        return file.ToArray();
    }

    private static void Put(Stream file, uint value, bool bigEndian)
    {
        byte[] word = new byte[4];
        if (bigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(word, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(word, value);
        }

        file.Write(word);
    }

    private string Refusal(byte[] bytes)
    {
        string path = Save(bytes);
        return Assert.Throws<CaptureFileException>(() => new CaptureFileReader(path)).Message;
    }

    private string Save(byte[] bytes)
    {
        string path = Path.Combine(_folder, "file.pcap");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private string Write(string name)
    {
        string path = Path.Combine(_folder, name);
        using CaptureFileWriter writer = new(path);
        for (int i = 0; i < 50; i++)
        {
            writer.Write(Origin + (i * 333_333_333L), Frame(i));
        }

        return path;
    }
}
