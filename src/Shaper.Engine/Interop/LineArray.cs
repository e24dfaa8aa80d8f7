using System.Runtime.CompilerServices;

namespace Shaper.Engine.Interop;

/// <summary>
/// An array whose first element begins a cache line, so that elements of one line's size lie on one line each. The runtime aligns arrays to eight bytes only,
/// where every such element lies on two.
/// </summary>
/// <remarks>
/// Pinned for life, fixed length; as safe as an array, since every index is checked. The address lies in the struct itself, so an access through a field of this type
/// is one load shorter than through an array. Copies of the struct name the same memory.
/// </remarks>
/// <typeparam name="T">Without references.</typeparam>
public readonly unsafe struct LineArray<T>
    where T : unmanaged
{
    /// <summary>Of x86-64 and of most arm64.</summary>
    public const int LineBytes = 64;

    private readonly T* _first;
    private readonly int _length;

    /// <summary>What keeps the memory alive.</summary>
    private readonly byte[] _memory;

    /// <summary>All elements are zero.</summary>
    public LineArray(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _memory = GC.AllocateArray<byte>(checked((length * sizeof(T)) + LineBytes), pinned: true);
        _length = length;
        nint start = (nint)Unsafe.AsPointer(ref _memory[0]);
        _first = (T*)((start + LineBytes - 1) & -LineBytes);
    }

    public int Length => _length;

    public long MemoryBytes => (long)_length * sizeof(T);

    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)_length)
            {
                ThrowOutside();
            }

            return ref _first[(uint)index];
        }
    }

    public Span<T> AsSpan() => new(_first, _length);

    /// <summary>Some of the elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> AsSpan(int start, int length)
    {
        if ((ulong)(uint)start + (uint)length > (uint)_length)
        {
            ThrowOutside();
        }

        return new(_first + (uint)start, length);
    }

    private static void ThrowOutside() => throw new ArgumentOutOfRangeException("index");
}
