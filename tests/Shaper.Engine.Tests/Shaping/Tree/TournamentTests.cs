using CsCheck;
using Shaper.Engine.Shaping.Tree;
using Xunit;

namespace Shaper.Engine.Tests.Shaping.Tree;

public sealed class TournamentTests
{
    [Fact]
    public void The_winner_is_the_smallest_tag_after_any_changes() =>
        Gen.Select(Gen.Int[1, 70], Gen.Select(Gen.Int[0, 69], Gen.Long[-1, 40]).Array[1, 200]).Sample((slots, changes) =>
        {
            Tournament tournament = new(slots);
            SortedDictionary<int, long> model = [];
            foreach ((int any, long tag) in changes)
            {
                int slot = any % slots;
                long root = tag < 0 ? tournament.Remove(slot) : tournament.Set(slot, tag);
                if (tag < 0)
                {
                    model.Remove(slot);
                }
                else
                {
                    model[slot] = tag;
                }

                if (model.Count == 0)
                {
                    Assert.Equal(Tournament.NoMatch, root);
                    continue;
                }

                long least = model.Values.Min();
                Assert.Equal(least, Tournament.TagOf(root));
                Assert.Equal(model.First(m => m.Value == least).Key, tournament.Winner);
            }
        });

    [Fact]
    public void The_largest_tag_and_the_highest_slot_fit()
    {
        Tournament tournament = new(Tournament.MostSlots);
        long root = tournament.Set(Tournament.MostSlots - 1, Tournament.Absent - 1);

        Assert.Equal(Tournament.MostSlots - 1, tournament.Winner);
        Assert.Equal(Tournament.Absent - 1, Tournament.TagOf(root));
        Assert.NotEqual(Tournament.NoMatch, root);
    }

    [Fact]
    public void Lowering_keeps_order_and_leaves_the_absent_absent()
    {
        Tournament tournament = new(3);
        tournament.Set(0, 10);
        tournament.Set(1, 7);
        tournament.Lower(7);

        Assert.Equal(1, tournament.Winner);
        Assert.Equal(3, Tournament.TagOf(tournament.Remove(1)));
        Assert.Equal(Tournament.NoMatch, tournament.Remove(0));
    }
}
