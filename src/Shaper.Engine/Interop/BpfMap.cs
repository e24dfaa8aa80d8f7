namespace Shaper.Engine.Interop;

/// <summary>
/// A page of 64-bit words that BPF programs and this process share: an array map of one element, mapped into memory. A word costs a
/// memory access on either side; there is no system call after the start.
/// </summary>
/// <remarks>
/// Each word has one writer, which its user names. Reads acquire, writes release; <see cref="WriteAndFence"/> is also a full fence, for a
/// writer that must read a clock strictly after the kernel could see the word.
/// </remarks>
public sealed unsafe class BpfMap : IDisposable
{
    private readonly nint _bytes;
    private readonly long* _words;

    public BpfMap(int words, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(words, 1);
        Words = words;
        _bytes = ((words * sizeof(long)) + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;
        Descriptor = Bpf.CreateMmapableArray(words * sizeof(long), name);
        nint address = LibcMemory.mmap(
            null, (nuint)_bytes, LibcMemory.PROT_READ | LibcMemory.PROT_WRITE, LibcMemory.MAP_SHARED, Descriptor, 0);
        if (address == -1)
        {
            LinuxException failure = LinuxException.FromLastError("mmap(bpf map)");
            Descriptor.Dispose();
            throw failure;
        }

        _words = (long*)address;
    }

    ~BpfMap()
    {
        if (_words != null)
        {
            _ = LibcMemory.munmap(_words, (nuint)_bytes);
        }
    }

    /// <summary>How many words there are; an index beyond throws.</summary>
    public int Words { get; }

    /// <summary>For the programs that use the map; owned by this object.</summary>
    public FileDescriptor Descriptor { get; }

    public long Read(int index)
    {
        long value = Volatile.Read(ref *At(index));
        GC.KeepAlive(this);
        return value;
    }

    public void Write(int index, long value)
    {
        Volatile.Write(ref *At(index), value);
        GC.KeepAlive(this);
    }

    public void WriteAndFence(int index, long value)
    {
        Interlocked.Exchange(ref *At(index), value);
        GC.KeepAlive(this);
    }

    /// <summary>
    /// Lets go of the map. The words stay readable until this object is collected, because a thread that shows counts may be reading them
    /// at this moment; the programs are gone by then, so they stand still.
    /// </summary>
#pragma warning disable CA1816 // the finalizer still has to unmap
    public void Dispose() => Descriptor.Dispose();
#pragma warning restore CA1816

    private long* At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Words, nameof(index));
        return _words + index;
    }
}
