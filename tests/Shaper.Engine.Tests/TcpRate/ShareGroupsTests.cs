using CsCheck;
using Shaper.Engine.TcpRate;
using Xunit;

namespace Shaper.Engine.Tests.TcpRate;

public sealed class ShareGroupsTests
{
    private const int Classes = 4;
    private const int Hosts = 8;

    [Fact]
    public void Members_come_and_go_as_a_dictionary_says()
    {
        Gen.Select(Gen.Bool, Gen.Int[0, Classes - 1], Gen.ULong[0, 5], Gen.Int[0, 1_000]).List[0, 200].Sample(steps =>
        {
            ShareGroups groups = new(Classes, Hosts);
            List<(int Group, int Leaf, ulong Key)> joined = [];
            foreach ((bool joins, int leaf, ulong key, int which) in steps)
            {
                if (joins || joined.Count == 0)
                {
                    (int Group, int Leaf, ulong Key) same = joined.Find(j => j.Leaf == leaf && j.Key == key && j.Group >= Classes);
                    bool known = joined.Exists(j => j.Leaf == leaf && j.Key == key && j.Group >= Classes);
                    bool wasFull = joined.Where(j => j.Group >= Classes).Select(j => j.Group).Distinct().Count() == Hosts;
                    int group = groups.Join(leaf, key);
                    Assert.Equal(known ? same.Group : wasFull ? leaf : group, group);
                    Assert.Equal(leaf, groups[group].Leaf);
                    Assert.Equal(!known && wasFull, group < Classes);
                    joined.Add((group, leaf, key));
                }
                else
                {
                    (int Group, int Leaf, ulong Key) gone = joined[which % joined.Count];
                    joined.Remove(gone);
                    groups.Leave(gone.Group);
                }

                for (int i = 0; i < groups.End; i++)
                {
                    Assert.Equal(joined.Count(j => j.Group == i), groups[i].Members);
                }
            }
        });
    }
}
